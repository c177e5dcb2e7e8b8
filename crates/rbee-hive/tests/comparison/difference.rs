//! Where two packages differ.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    archive::{Kind, Member, Package},
    metadata,
};

/// How a file of the package's own description is compared.
type Reading = fn(&[u8]) -> Vec<String>;

const DESCRIPTION: [(&str, Reading); 3] = [
    (".PKGINFO", metadata::pkginfo),
    (".BUILDINFO", metadata::buildinfo),
    (".MTREE", metadata::mtree),
];

/// What is not the same in two sets of packages, a line each.
pub(crate) fn of_sets(
    theirs: &BTreeMap<String, Package>,
    ours: &BTreeMap<String, Package>,
) -> Vec<String> {
    let mut found = Vec::new();
    let names: BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
    for name in names {
        match (theirs.get(name), ours.get(name)) {
            (Some(theirs), Some(ours)) => {
                let lines = of_packages(theirs, ours);
                found.extend(lines.into_iter().map(|line| format!("{name}: {line}")));
            }
            (Some(_), None) => found.push(format!("{name}: only makepkg makes this package")),
            _ => found.push(format!("{name}: only the hive makes this package")),
        }
    }
    found
}

fn of_packages(theirs: &Package, ours: &Package) -> Vec<String> {
    let mut found = Vec::new();
    let paths: BTreeSet<_> = theirs.members.keys().chain(ours.members.keys()).collect();
    for path in paths {
        match (theirs.members.get(path), ours.members.get(path)) {
            (Some(theirs), Some(ours)) => found.extend(of_members(path, theirs, ours)),
            (Some(_), None) => found.push(format!("{} is missing", path.display())),
            _ => found.push(format!("{} is too much", path.display())),
        }
    }
    found
}

fn of_members(path: &Path, theirs: &Member, ours: &Member) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, theirs: String, ours: String| {
        if theirs != ours {
            found.push(format!("{}: {what} {theirs}, ours {ours}", path.display()));
        }
    };
    differ("mode", format!("{:o}", theirs.mode), format!("{:o}", ours.mode));
    differ("owner", format!("{:?}", theirs.owner), format!("{:?}", ours.owner));
    differ("owner", format!("{:?}", theirs.owner_names), format!("{:?}", ours.owner_names));
    differ("time", theirs.mtime.to_string(), ours.mtime.to_string());
    match (&theirs.kind, &ours.kind) {
        (
            Kind::File { content: theirs, paths: their_paths },
            Kind::File { content: ours, paths: our_paths },
        ) => {
            differ("hard links", format!("{their_paths:?}"), format!("{our_paths:?}"));
            found.extend(of_contents(path, theirs, ours));
        }
        (theirs, ours) => differ("kind", name_of(theirs), name_of(ours)),
    }
    found
}

fn name_of(kind: &Kind) -> String {
    match kind {
        Kind::File { .. } => "file".to_owned(),
        Kind::Folder => "folder".to_owned(),
        Kind::Link(target) => format!("link to {}", target.display()),
        Kind::Other(byte) => format!("type {byte}"),
    }
}

fn of_contents(path: &Path, theirs: &[u8], ours: &[u8]) -> Vec<String> {
    if let Some((_, read)) = DESCRIPTION.iter().find(|(name, _)| Path::new(name) == path) {
        return of_lines(path, &read(theirs), &read(ours));
    }
    if theirs == ours {
        return Vec::new();
    }
    match (str::from_utf8(theirs), str::from_utf8(ours)) {
        (Ok(theirs), Ok(ours)) => {
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
            of_lines(path, &lines(theirs), &lines(ours))
        }
        _ => vec![format!("{}: {} bytes, ours {}", path.display(), theirs.len(), ours.len())],
    }
}

/// The lines that only one of two texts has; where they have the same, their order differs.
pub(crate) fn of_lines(path: &Path, theirs: &[String], ours: &[String]) -> Vec<String> {
    if theirs == ours {
        return Vec::new();
    }
    let path = path.display();
    let not_in = |all: &[String], line: &&String| !all.contains(line);
    let gone = theirs.iter().filter(|line| not_in(ours, line));
    let new = ours.iter().filter(|line| not_in(theirs, line));
    let gone = gone.map(|line| format!("{path} has not {line:?}"));
    let new = new.map(|line| format!("{path} has {line:?}"));
    let mut found: Vec<_> = gone.chain(new).collect();
    if found.is_empty() {
        found.push(format!("{path}: the lines stand in another order"));
    }
    found
}
