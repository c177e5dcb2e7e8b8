//! Arch's names of what engines are built with, and what that is elsewhere.

use super::Family;

/// How the presence of an Arch package shows on any host.
#[derive(Debug, Clone, Copy)]
pub(super) enum Probe {
    /// It is part of every host that can run this.
    Always,
    /// One of these programs.
    Program(&'static [&'static str]),
    /// A shared library, by the start of its file name.
    Library(&'static str),
    /// A header below `/usr/include`, or of this architecture alone.
    Header(&'static str),
    /// A pkg-config module.
    Module(&'static str),
    /// Nothing but the host's package of it.
    Package,
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

use Probe::{Always, Header, Library, Module, Package, Program};

/// Sorted by the Arch name.
const KNOWN: &[Known] = &[
    known("alsa-lib", Header("alsa/asoundlib.h"), "libasound2-dev", "alsa-lib-devel"),
    known("autoconf", Program(&["autoconf"]), "autoconf", "autoconf"),
    known("automake", Program(&["automake"]), "automake", "automake"),
    known("bash", Always, "bash", "bash"),
    known("bc", Program(&["bc"]), "bc", "bc"),
    known("binutils", Program(&["ld"]), "binutils", "binutils"),
    known("bison", Program(&["bison"]), "bison", "bison"),
    known("blas", Library("libblas.so"), "libblas-dev", "blas-devel"),
    known("boost", Header("boost/version.hpp"), "libboost-all-dev", "boost-devel"),
    known("bzip2", Program(&["bzip2"]), "bzip2", "bzip2"),
    known("cargo", Program(&["cargo"]), "cargo", "cargo"),
    known("ccache", Program(&["ccache"]), "ccache", "ccache"),
    known("clang", Program(&["clang"]), "clang", "clang"),
    known("cmake", Program(&["cmake"]), "cmake", "cmake"),
    known("coreutils", Always, "coreutils", "coreutils"),
    known("cuda", Program(&["nvcc"]), "nvidia-cuda-toolkit", "cuda-toolkit"),
    known("curl", Program(&["curl"]), "curl", "curl"),
    known("diffutils", Program(&["diff"]), "diffutils", "diffutils"),
    known("doxygen", Program(&["doxygen"]), "doxygen", "doxygen"),
    known("eigen", Header("eigen3/Eigen/Core"), "libeigen3-dev", "eigen3-devel"),
    known("expat", Header("expat.h"), "libexpat1-dev", "expat-devel"),
    known("ffmpeg", Program(&["ffmpeg"]), "ffmpeg", "ffmpeg-free"),
    known("fftw", Header("fftw3.h"), "libfftw3-dev", "fftw-devel"),
    known("file", Program(&["file"]), "file", "file"),
    known("findutils", Program(&["find"]), "findutils", "findutils"),
    known("flex", Program(&["flex"]), "flex", "flex"),
    known("gawk", Program(&["gawk", "awk"]), "gawk", "gawk"),
    known("gcc", Program(&["g++"]), "g++", "gcc-c++"),
    known("gcc-fortran", Program(&["gfortran"]), "gfortran", "gcc-gfortran"),
    known("gcc-libs", Library("libstdc++.so.6"), "libstdc++6", "libstdc++"),
    known("gettext", Program(&["msgfmt"]), "gettext", "gettext"),
    known("git", Program(&["git"]), "git", "git"),
    known("git-lfs", Program(&["git-lfs"]), "git-lfs", "git-lfs"),
    known("glib2", Module("glib-2.0"), "libglib2.0-dev", "glib2-devel"),
    known("glibc", Always, "libc6", "glibc"),
    known("glslang", Program(&["glslangValidator"]), "glslang-tools", "glslang"),
    known("go", Program(&["go"]), "golang-go", "golang"),
    known("grep", Program(&["grep"]), "grep", "grep"),
    known("gzip", Program(&["gzip"]), "gzip", "gzip"),
    known("hip-runtime-amd", Program(&["hipcc"]), "hipcc", "rocm-hip-devel"),
    known("hipblas", Library("libhipblas.so"), "libhipblas-dev", "hipblas-devel"),
    known("icu", Module("icu-uc"), "libicu-dev", "libicu-devel"),
    known("intel-oneapi-mkl", Header("mkl/mkl.h"), "libmkl-dev", "intel-oneapi-mkl-devel"),
    known("jq", Program(&["jq"]), "jq", "jq"),
    known("lapack", Library("liblapack.so"), "liblapack-dev", "lapack-devel"),
    known("libcurl", Module("libcurl"), "libcurl4-openssl-dev", "libcurl-devel"),
    known("libffi", Module("libffi"), "libffi-dev", "libffi-devel"),
    known("libgomp", Library("libgomp.so.1"), "libgomp1", "libgomp"),
    known("libjpeg-turbo", Header("jpeglib.h"), "libjpeg-dev", "libjpeg-turbo-devel"),
    known("libpng", Header("png.h"), "libpng-dev", "libpng-devel"),
    known("libsndfile", Header("sndfile.h"), "libsndfile1-dev", "libsndfile-devel"),
    known("libstdc++", Library("libstdc++.so.6"), "libstdc++6", "libstdc++"),
    known("libtool", Program(&["libtoolize"]), "libtool", "libtool"),
    known("libunwind", Header("libunwind.h"), "libunwind-dev", "libunwind-devel"),
    known("libxml2", Module("libxml-2.0"), "libxml2-dev", "libxml2-devel"),
    known("lld", Program(&["ld.lld"]), "lld", "lld"),
    known("llvm", Program(&["llvm-config"]), "llvm-dev", "llvm-devel"),
    known("lz4", Program(&["lz4"]), "lz4", "lz4"),
    known("m4", Program(&["m4"]), "m4", "m4"),
    known("make", Program(&["make"]), "make", "make"),
    known("mercurial", Program(&["hg"]), "mercurial", "mercurial"),
    known("meson", Program(&["meson"]), "meson", "meson"),
    known("nasm", Program(&["nasm"]), "nasm", "nasm"),
    known("ncurses", Header("ncurses.h"), "libncurses-dev", "ncurses-devel"),
    known("ninja", Program(&["ninja"]), "ninja-build", "ninja-build"),
    known("nlohmann-json", Header("nlohmann/json.hpp"), "nlohmann-json3-dev", "json-devel"),
    known("nodejs", Program(&["node"]), "nodejs", "nodejs"),
    known("npm", Program(&["npm"]), "npm", "nodejs-npm"),
    known("numactl", Header("numa.h"), "libnuma-dev", "numactl-devel"),
    known("ocl-icd", Library("libOpenCL.so"), "ocl-icd-opencl-dev", "ocl-icd-devel"),
    known("openblas", Library("libopenblas.so"), "libopenblas-dev", "openblas-devel"),
    known("opencl-headers", Header("CL/cl.h"), "opencl-headers", "opencl-headers"),
    known("openmp", Library("libomp.so"), "libomp-dev", "libomp-devel"),
    known("openmpi", Program(&["mpicc"]), "libopenmpi-dev", "openmpi-devel"),
    known("openssl", Header("openssl/ssl.h"), "libssl-dev", "openssl-devel"),
    known("patch", Program(&["patch"]), "patch", "patch"),
    known("patchelf", Program(&["patchelf"]), "patchelf", "patchelf"),
    known("perl", Program(&["perl"]), "perl", "perl"),
    known("pkgconf", Program(&["pkg-config", "pkgconf"]), "pkg-config", "pkgconf-pkg-config"),
    known("portaudio", Header("portaudio.h"), "portaudio19-dev", "portaudio-devel"),
    known("protobuf", Program(&["protoc"]), "protobuf-compiler", "protobuf-compiler"),
    known("python", Program(&["python3"]), "python3", "python3"),
    known("python-build", Package, "python3-build", "python3-build"),
    known("python-installer", Package, "python3-installer", "python3-installer"),
    known("python-numpy", Package, "python3-numpy", "python3-numpy"),
    known("python-pip", Program(&["pip3", "pip"]), "python3-pip", "python3-pip"),
    known("python-setuptools", Package, "python3-setuptools", "python3-setuptools"),
    known("python-wheel", Package, "python3-wheel", "python3-wheel"),
    known("rocblas", Library("librocblas.so"), "librocblas-dev", "rocblas-devel"),
    known("rocm-hip-sdk", Program(&["hipcc"]), "hipcc", "rocm-hip-devel"),
    known("rsync", Program(&["rsync"]), "rsync", "rsync"),
    known("rust", Program(&["rustc"]), "rustc", "rust"),
    known("sdl2", Header("SDL2/SDL.h"), "libsdl2-dev", "SDL2-devel"),
    known("sed", Always, "sed", "sed"),
    known("sh", Always, "bash", "bash"),
    known("shaderc", Program(&["glslc"]), "glslc", "glslc"),
    known(
        "spirv-headers",
        Header("spirv/unified1/spirv.h"),
        "spirv-headers",
        "spirv-headers-devel",
    ),
    known("spirv-tools", Program(&["spirv-opt"]), "spirv-tools", "spirv-tools"),
    known("sqlite", Header("sqlite3.h"), "libsqlite3-dev", "sqlite-devel"),
    known("subversion", Program(&["svn"]), "subversion", "subversion"),
    known("swig", Program(&["swig"]), "swig", "swig"),
    known("tar", Program(&["tar"]), "tar", "tar"),
    known("tbb", Header("tbb/tbb.h"), "libtbb-dev", "tbb-devel"),
    known("texinfo", Program(&["makeinfo"]), "texinfo", "texinfo"),
    known("unzip", Program(&["unzip"]), "unzip", "unzip"),
    known("vulkan-headers", Header("vulkan/vulkan.h"), "libvulkan-dev", "vulkan-headers"),
    known("vulkan-icd-loader", Library("libvulkan.so.1"), "libvulkan1", "vulkan-loader"),
    known("wget", Program(&["wget"]), "wget", "wget"),
    known("xz", Program(&["xz"]), "xz-utils", "xz"),
    known("yasm", Program(&["yasm"]), "yasm", "yasm"),
    known("zip", Program(&["zip"]), "zip", "zip"),
    known("zlib", Header("zlib.h"), "zlib1g-dev", "zlib-devel"),
    known("zstd", Program(&["zstd"]), "zstd", "zstd"),
];

/// How to tell that the host has an Arch package, if it is one of those known here.
pub(super) fn probe(name: &str) -> Option<Probe> {
    find(name).map(|known| known.probe)
}

/// The package of a distribution that an Arch package's name stands for.
pub(crate) fn package_of(name: &str, family: Family) -> String {
    match (find(name), family) {
        (Some(k), Family::Debian) => k.debian,
        (Some(k), Family::Fedora) => k.fedora,
        (Some(k), Family::Arch | Family::Unknown) => k.arch,
        (None, _) => name,
    }
    .to_owned()
}

fn find(name: &str) -> Option<&'static Known> {
    KNOWN.binary_search_by(|known| known.arch.cmp(name)).ok().map(|number| &KNOWN[number])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(KNOWN.is_sorted_by(|a, b| a.arch < b.arch));
    }

    #[test]
    fn each_family_has_its_own_names() {
        assert_eq!(package_of("ninja", Family::Debian), "ninja-build");
        assert_eq!(package_of("gcc", Family::Fedora), "gcc-c++");
        assert_eq!(package_of("gcc", Family::Arch), "gcc");
        assert_eq!(package_of("no-such-tool", Family::Debian), "no-such-tool");
    }
}
