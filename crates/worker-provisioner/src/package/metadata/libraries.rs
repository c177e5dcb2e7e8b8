//! Versions of the libraries that a package depends on and provides: makepkg writes `libfoo.so` as
//! `libfoo.so=3-64`, by what the package's own files say.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::Path,
};

use tokio_util::sync::CancellationToken;

use super::elf::Elf;
use crate::{
    cancellation,
    package::mtree::{Kind, Member},
};

/// A list of a recipe with the versions of its libraries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Versioned {
    pub(super) entries: Vec<String>,
    /// What a packager should look at, a line each.
    pub(super) warnings: Vec<String>,
}

/// No package links to so many versions of one library.
const MOST_VERSIONS: usize = 256;

/// `depends`: each `libfoo.so` with what the package's executables link to.
///
/// # Errors
/// If a file cannot be read, or the token is cancelled.
pub(super) fn depends(
    part: &Path,
    members: &[Member],
    entries: &[String],
    cancel: &CancellationToken,
) -> io::Result<Versioned> {
    let mut versioned = Versioned::default();
    if !entries.iter().any(|entry| is_library(entry)) {
        versioned.entries = entries.to_vec();
        return Ok(versioned);
    }
    // In the order in which they are found, each once.
    let mut linked: HashMap<&str, (Vec<String>, HashSet<String>)> = entries
        .iter()
        .filter(|e| is_library(e))
        .map(|e| (e.as_str(), Default::default()))
        .collect();
    for member in members {
        cancellation::check(cancel)?;
        if !matches!(member.kind, Kind::File { .. }) || member.mode & 0o100 == 0 {
            continue;
        }
        let Some(elf) = Elf::read(&part.join(member.path()))? else { continue };
        for soname in &elf.needed {
            let Some((versions, seen)) = linked.get_mut(library(soname).as_str()) else { continue };
            let version = format!("{}-{}", major(soname), elf.class);
            if versions.len() < MOST_VERSIONS && seen.insert(version.clone()) {
                versions.push(version);
            }
        }
    }
    for entry in entries {
        let before = versioned.entries.len();
        let versions = linked.get(entry.as_str()).into_iter().flat_map(|(versions, _)| versions);
        versioned.entries.extend(versions.map(|version| format!("{entry}={version}")));
        if versioned.entries.len() == before {
            if is_library(entry) {
                let warning =
                    format!("no file of the package links to {entry}, which is in depends");
                versioned.warnings.push(warning);
            }
            versioned.entries.push(entry.clone());
        }
    }
    Ok(versioned)
}

/// `provides`: each `libfoo.so` with the soname that the package's file of that name has.
///
/// # Errors
/// If a file cannot be read, or the token is cancelled.
pub(super) fn provides(
    part: &Path,
    members: &[Member],
    entries: &[String],
    cancel: &CancellationToken,
) -> io::Result<Versioned> {
    let mut versioned = Versioned::default();
    for entry in entries {
        cancellation::check(cancel)?;
        let before = versioned.entries.len();
        if is_library(entry) {
            let named = |member: &&Member| {
                matches!(member.kind, Kind::File { .. })
                    && member.name().starts_with(entry.as_bytes())
            };
            let mut missing = true;
            for member in members.iter().filter(named) {
                cancellation::check(cancel)?;
                missing = false;
                let elf = Elf::read(&part.join(member.path()))?.filter(|elf| elf.shared);
                match elf.map(|elf| (elf.class, elf.soname)) {
                    Some((class, Some(soname))) => {
                        versioned.entries.push(format!("{entry}={}-{class}", major(&soname)));
                    }
                    Some((_, None)) => versioned
                        .warnings
                        .push(format!("{entry}, which is in provides, has no soname")),
                    None => versioned
                        .warnings
                        .push(format!("{entry}, which is in provides, is no shared object")),
                }
            }
            if missing {
                let warning = format!("the package has no {entry}, which is in provides");
                versioned.warnings.push(warning);
            }
        }
        if versioned.entries.len() == before {
            versioned.entries.push(entry.clone());
        }
    }
    Ok(versioned)
}

#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "library names are")]
fn is_library(entry: &str) -> bool {
    entry.ends_with(".so")
}

/// `libfoo.so` of `libfoo.so.1.2`.
fn library(soname: &str) -> String {
    let stem = soname.char_indices().rev().filter(|(_, c)| *c == '.').find_map(|(at, _)| {
        let version = soname[at..].strip_prefix(".so")?;
        let numbers = || version.strip_prefix('.')?.split('.').all(is_number).then_some(());
        (version.is_empty() || numbers().is_some()).then(|| &soname[..at])
    });
    format!("{}.so", stem.unwrap_or(soname))
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
}

/// `1.2` of `libfoo.so.1.2`; the whole of what has no such version, as makepkg takes it.
fn major(soname: &str) -> &str {
    soname.rsplit_once(".so.").map_or(soname, |(_, version)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soname_is_taken_apart_as_makepkg_does() {
        for (soname, name, version) in [
            ("libfoo.so.1", "libfoo.so", "1"),
            ("libfoo.so.1.2.3", "libfoo.so", "1.2.3"),
            ("libfoo.so", "libfoo.so", "libfoo.so"),
            ("libfoo-2.so.0", "libfoo-2.so", "0"),
            ("libfoo.so.1a", "libfoo.so.1a.so", "1a"),
            ("ld-linux-x86-64.so.2", "ld-linux-x86-64.so", "2"),
        ] {
            assert_eq!((library(soname).as_str(), major(soname)), (name, version));
        }
    }
}
