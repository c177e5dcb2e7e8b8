//! Whether the host has what a recipe needs, which names it as Arch does.

use std::path::Path;

use super::{Family, find_program, program::library_folders};

/// How the presence of an Arch package shows on any host.
#[derive(Debug, Clone, Copy)]
enum Probe {
    /// It is part of every host that can run this.
    Always,
    /// One of these programs.
    Program(&'static [&'static str]),
    /// A shared library, by the start of its file name.
    Library(&'static str),
    /// A header below `/usr/include`.
    Header(&'static str),
}

/// An Arch package with its names elsewhere.
struct Known {
    arch: &'static str,
    probe: Probe,
    debian: &'static str,
    fedora: &'static str,
}

const fn known(
    arch: &'static str,
    probe: Probe,
    debian: &'static str,
    fedora: &'static str,
) -> Known {
    Known { arch, probe, debian, fedora }
}

use Probe::{Always, Header, Library, Program};

/// Sorted by the Arch name.
const KNOWN: &[Known] = &[
    known("alsa-lib", Header("alsa/asoundlib.h"), "libasound2-dev", "alsa-lib-devel"),
    known("bash", Always, "bash", "bash"),
    known("bzip2", Program(&["bzip2"]), "bzip2", "bzip2"),
    known("ccache", Program(&["ccache"]), "ccache", "ccache"),
    known("clang", Program(&["clang"]), "clang", "clang"),
    known("cmake", Program(&["cmake"]), "cmake", "cmake"),
    known("coreutils", Always, "coreutils", "coreutils"),
    known("cuda", Program(&["nvcc"]), "nvidia-cuda-toolkit", "cuda-toolkit"),
    known("curl", Program(&["curl"]), "curl", "curl"),
    known("ffmpeg", Program(&["ffmpeg"]), "ffmpeg", "ffmpeg-free"),
    known("gcc", Program(&["g++"]), "g++", "gcc-c++"),
    known("gcc-libs", Library("libstdc++.so.6"), "libstdc++6", "libstdc++"),
    known("git", Program(&["git"]), "git", "git"),
    known("glibc", Always, "libc6", "glibc"),
    known("go", Program(&["go"]), "golang-go", "golang"),
    known("gzip", Program(&["gzip"]), "gzip", "gzip"),
    known("hip-runtime-amd", Program(&["hipcc"]), "hipcc", "rocm-hip-devel"),
    known("libgomp", Library("libgomp.so.1"), "libgomp1", "libgomp"),
    known("libstdc++", Library("libstdc++.so.6"), "libstdc++6", "libstdc++"),
    known("lz4", Program(&["lz4"]), "lz4", "lz4"),
    known("make", Program(&["make"]), "make", "make"),
    known("meson", Program(&["meson"]), "meson", "meson"),
    known("ninja", Program(&["ninja"]), "ninja-build", "ninja-build"),
    known("nodejs", Program(&["node"]), "nodejs", "nodejs"),
    known("npm", Program(&["npm"]), "npm", "nodejs-npm"),
    known("openblas", Library("libopenblas.so"), "libopenblas-dev", "openblas-devel"),
    known("openssl", Header("openssl/ssl.h"), "libssl-dev", "openssl-devel"),
    known("patch", Program(&["patch"]), "patch", "patch"),
    known("patchelf", Program(&["patchelf"]), "patchelf", "patchelf"),
    known("perl", Program(&["perl"]), "perl", "perl"),
    known("pkgconf", Program(&["pkg-config", "pkgconf"]), "pkg-config", "pkgconf-pkg-config"),
    known("python", Program(&["python3"]), "python3", "python3"),
    known("python-pip", Program(&["pip3", "pip"]), "python3-pip", "python3-pip"),
    known("rocm-hip-sdk", Program(&["hipcc"]), "hipcc", "rocm-hip-devel"),
    known("rust", Program(&["rustc"]), "rustc", "rust"),
    known("sdl2", Header("SDL2/SDL.h"), "libsdl2-dev", "SDL2-devel"),
    known("sed", Always, "sed", "sed"),
    known("sh", Always, "bash", "bash"),
    known("shaderc", Program(&["glslc"]), "glslc", "glslc"),
    known("tar", Program(&["tar"]), "tar", "tar"),
    known("unzip", Program(&["unzip"]), "unzip", "unzip"),
    known("vulkan-headers", Header("vulkan/vulkan.h"), "libvulkan-dev", "vulkan-headers"),
    known("vulkan-icd-loader", Library("libvulkan.so.1"), "libvulkan1", "vulkan-loader"),
    known("wget", Program(&["wget"]), "wget", "wget"),
    known("xz", Program(&["xz"]), "xz-utils", "xz"),
    known("zlib", Header("zlib.h"), "zlib1g-dev", "zlib-devel"),
    known("zstd", Program(&["zstd"]), "zstd", "zstd"),
];

/// What every recipe with a `build()` may use without naming it, as Arch's `base-devel`.
const BASE_DEVEL: &[&str] = &["gcc", "make"];

/// Something that a recipe needs and this host has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    /// As the recipe names it.
    pub(crate) name: String,
    /// The package of this host that has it; a guess for what we do not know.
    pub(crate) package: String,
}

/// Which of the dependencies this host lacks. `builds` adds what Arch's `base-devel` promises.
pub(crate) fn missing(dependencies: &[String], builds: bool, family: Family) -> Vec<Missing> {
    let base = BASE_DEVEL.iter().copied().filter(|_| builds);
    let mut missing: Vec<Missing> = Vec::new();
    for name in base.chain(dependencies.iter().map(|d| bare_name(d))) {
        if !is_present(name) && !missing.iter().any(|m| m.name == name) {
            missing.push(Missing { name: name.to_owned(), package: package_of(name, family) });
        }
    }
    missing
}

/// A dependency without its version constraint and description.
fn bare_name(dependency: &str) -> &str {
    let end = dependency.find(['<', '>', '=', ':']).unwrap_or(dependency.len());
    dependency[..end].trim()
}

fn is_present(name: &str) -> bool {
    match KNOWN.iter().find(|k| k.arch == name).map(|k| k.probe) {
        Some(Always) => true,
        Some(Program(names)) => names.iter().any(|n| find_program(n).is_some()),
        Some(Library(start)) => has_library(start),
        Some(Header(path)) => Path::new("/usr/include").join(path).exists(),
        None => {
            find_program(name).is_some()
                || has_library(&library_name(name))
                || has_module(name)
                || has_package(name)
        }
    }
}

/// The package of a distribution that an Arch package's name stands for.
pub(crate) fn package_of(name: &str, family: Family) -> String {
    let known = KNOWN.iter().find(|k| k.arch == name);
    match (known, family) {
        (Some(k), Family::Debian) => k.debian,
        (Some(k), Family::Fedora) => k.fedora,
        (Some(k), Family::Arch | Family::Unknown) => k.arch,
        (None, _) => name,
    }
    .to_owned()
}

/// `libfoo.so` and `libfoo.so=1-64` name a library themselves.
fn library_name(name: &str) -> String {
    if name.contains(".so") {
        name.to_owned()
    } else {
        format!("lib{}.so", name.strip_prefix("lib").unwrap_or(name))
    }
}

fn has_library(start: &str) -> bool {
    library_folders().any(|folder| {
        let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|e| e.file_name()).any(|n| {
            n.to_string_lossy()
                .strip_prefix(start)
                .is_some_and(|r| r.is_empty() || r.starts_with('.'))
        })
    })
}

/// A pkg-config module.
fn has_module(name: &str) -> bool {
    let file = format!("{name}.pc");
    let shared = Path::new("/usr/share/pkgconfig").join(&file).exists();
    shared || library_folders().any(|folder| folder.join("pkgconfig").join(&file).exists())
}

/// A package of that very name, by the files of the host's package manager.
fn has_package(name: &str) -> bool {
    let dpkg = Path::new("/var/lib/dpkg/info");
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    if dpkg.join(format!("{name}.list")).exists()
        || dpkg.join(format!("{name}:{architecture}.list")).exists()
    {
        return true;
    }
    // pacman: NAME-VERSION-RELEASE.
    let entries = fs_err::read_dir("/var/lib/pacman/local").into_iter().flatten().flatten();
    entries
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .any(|n| n.rsplitn(3, '-').nth(2).is_some_and(|package| package == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(KNOWN.is_sorted_by(|a, b| a.arch < b.arch));
    }

    #[test]
    fn a_dependency_is_looked_up_without_its_version() {
        for dependency in ["cmake>=3.20", "cmake", "cmake: builds it", "cmake=1:2-3"] {
            assert_eq!(bare_name(dependency), "cmake");
        }
    }

    #[test]
    fn everything_missing_is_named_with_this_hosts_packages() {
        let needs = ["no-such-tool>=2".to_owned(), "bash".to_owned(), "no-such-lib".to_owned()];
        let missing = missing(&needs, false, Family::Debian);
        let names: Vec<_> = missing.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["no-such-tool", "no-such-lib"]);
        assert_eq!(package_of("ninja", Family::Debian), "ninja-build");
        assert_eq!(package_of("gcc", Family::Fedora), "gcc-c++");
        assert_eq!(package_of("gcc", Family::Arch), "gcc");
    }
}
