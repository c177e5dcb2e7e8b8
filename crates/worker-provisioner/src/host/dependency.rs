//! Whether the host has what a recipe needs, which names it as Arch does.

use std::path::Path;

use super::{
    Family, find_program,
    known::{Probe, package_of, probe},
    modules, packages,
    program::library_folders,
};
use crate::dependency::{HostNeed, Requirement};

/// What every recipe with a `build()` may use without naming it, as Arch's `base-devel`.
const BASE_DEVEL: &[&str] = &["gcc", "make"];

/// Something that a recipe needs and this host has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    /// As the recipe names it, and what there is instead.
    pub(crate) wanted: String,
    /// The package of this host that has it; a guess for what we do not know.
    pub(crate) package: String,
}

/// Which of the needs this host does not meet. `builds` adds what Arch's `base-devel` promises.
pub(crate) fn missing(needs: &[HostNeed], builds: bool, family: Family) -> Vec<Missing> {
    let base = BASE_DEVEL
        .iter()
        .filter(|_| builds)
        .map(|name| HostNeed { requirement: Requirement::parse(name), index_has: None });
    let mut missing: Vec<Missing> = Vec::new();
    for need in base.chain(needs.iter().cloned()) {
        let requirement = &need.requirement;
        let instead = match look(requirement, family) {
            Look::There => continue,
            Look::Missing => need.index_has,
            Look::OtherVersion(has) => {
                let host = format!("this host has {has}");
                Some(need.index_has.map_or(host.clone(), |index| format!("{index}, {host}")))
            }
        };
        let wanted = match instead {
            Some(instead) => format!("{requirement} ({instead})"),
            None => requirement.to_string(),
        };
        if !missing.iter().any(|m| m.wanted == wanted) {
            missing.push(Missing { wanted, package: package_of(&requirement.name, family) });
        }
    }
    missing
}

/// Whether the host has what is needed.
pub(crate) fn has(need: &Requirement) -> bool {
    look(need, Family::of_host()) == Look::There
}

/// What looking for something came to.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    There,
    OtherVersion(String),
    Missing,
}

/// Looks for something, and for its version if that matters. What is there but does not tell its
/// version is taken as it is: the build will say.
fn look(need: &Requirement, family: Family) -> Look {
    if !is_present(&need.name, family) {
        return Look::Missing;
    }
    if need.is_any() {
        return Look::There;
    }
    match version(&need.name, family) {
        Some(version) if !need.allows(&version) => Look::OtherVersion(version),
        _ => Look::There,
    }
}

fn is_present(name: &str, family: Family) -> bool {
    let has_package = || packages::version(&package_of(name, family), family).is_some();
    match probe(name) {
        Some(Probe::Always) => true,
        Some(Probe::Program(names)) => names.iter().any(|n| find_program(n).is_some()),
        Some(Probe::Library(start)) => has_library(start),
        Some(Probe::Header(path)) => has_header(path) || has_package(),
        Some(Probe::Module(module)) => modules::file(module).is_some(),
        Some(Probe::Package) => has_package(),
        None if name.contains(".so") => has_library(name),
        None => {
            find_program(name).is_some()
                || modules::file(name).is_some()
                || has_library(&format!("lib{}.so", name.strip_prefix("lib").unwrap_or(name)))
                || has_package()
        }
    }
}

/// The version of what is there, from who knows it best: for a library its file's name, then
/// pkg-config, then the package manager.
fn version(name: &str, family: Family) -> Option<String> {
    match probe(name) {
        Some(Probe::Module(module)) => modules::version(module),
        _ if name.contains(".so") => soname_version(name),
        _ => modules::version(name),
    }
    .or_else(|| packages::version(&package_of(name, family), family))
}

fn has_header(path: &str) -> bool {
    let multiarch = format!("/usr/include/{}-linux-gnu", std::env::consts::ARCH);
    ["/usr/include", &multiarch, "/usr/local/include"]
        .iter()
        .any(|folder| Path::new(folder).join(path).exists())
}

/// A shared library by the start of its file's name.
fn has_library(start: &str) -> bool {
    library_files(start).next().is_some()
}

/// What makepkg writes after a library's name in `depends`: `libfoo.so=1-64` is the version in its
/// soname, and the word size.
fn soname_version(name: &str) -> Option<String> {
    let versions = library_files(name).filter_map(|rest| {
        let major = rest.strip_prefix('.')?.split('.').next()?.to_owned();
        Some(format!("{major}-{}", usize::BITS))
    });
    versions.max_by(|a, b| rbee_hive_artifact_catalog::compare_versions(a, b))
}

/// What the names of library files have after this start.
fn library_files(start: &str) -> impl Iterator<Item = String> {
    library_folders().flat_map(move |folder| {
        let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|e| e.file_name().to_string_lossy().into_owned());
        let rests = names.filter_map(move |n| n.strip_prefix(start).map(str::to_owned));
        rests.filter(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(entries: &[&str]) -> Vec<HostNeed> {
        let need =
            |entry: &&str| HostNeed { requirement: Requirement::parse(entry), index_has: None };
        entries.iter().map(need).collect()
    }

    fn wanted(entries: &[&str]) -> Vec<String> {
        let missing = missing(&needs(entries), false, Family::of_host());
        missing.into_iter().map(|m| m.wanted).collect()
    }

    #[test]
    fn everything_missing_is_named_as_the_recipe_names_it() {
        let found = wanted(&["no-such-tool>=2", "bash", "no-such-lib", "libnosuch.so=1-64"]);
        assert_eq!(found, ["no-such-tool>=2", "no-such-lib", "libnosuch.so=1-64"]);
    }

    #[test]
    fn programs_libraries_modules_and_packages_count() {
        assert_eq!(wanted(&["sh", "tar", "libc.so", "libc.so=6-64"]), Vec::<String>::new());
    }

    #[test]
    fn another_version_is_told() {
        let found = wanted(&["libc.so=5-64"]);
        assert_eq!(found, ["libc.so=5-64 (this host has 6-64)"]);
        let index_has = Some("the index has tool 1.0-1".to_owned());
        let need = HostNeed { requirement: Requirement::parse("no-tool>2"), index_has };
        let missing = missing(&[need], false, Family::Debian);
        assert_eq!(missing[0].wanted, "no-tool>2 (the index has tool 1.0-1)");
    }
}
