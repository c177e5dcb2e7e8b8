use std::{
    io::{self, Read as _},
    path::Path,
};

use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::{Package, buildinfo::buildinfo, libraries, pkginfo::pkginfo, scan::scan};
use crate::{
    package::{
        PackageError,
        mtree::{self, Kind, Member},
    },
    source::hex,
};

/// No install script or changelog is larger.
const LARGEST_SCRIPT: u64 = 16 << 20;

/// What is recorded about one package of a recipe.
#[derive(Debug)]
pub(crate) struct Described {
    /// The records of the store object, by name: `packages/NAME/PKGINFO` and so on.
    pub(crate) records: Vec<(String, Vec<u8>)>,
    /// What a packager should look at, a line each.
    pub(crate) warnings: Vec<String>,
}

/// Describes a package. Reads every file of it, so it belongs on a thread of its own.
///
/// # Errors
/// If a file cannot be read, a value cannot be written down, or the token is cancelled.
pub(crate) fn describe(
    package: &Package<'_>,
    cancel: &CancellationToken,
) -> Result<Described, PackageError> {
    let invalid = |source| PackageError::Metadata { package: package.name.to_owned(), source };
    let date = package.date().map_err(invalid)?;
    let scanned =
        scan(package.part, package.ownership, date, cancel).map_err(PackageError::folder)?;
    let list = |name: &str| package.declared.array(name);
    let members = &scanned.members;
    let depends = libraries::depends(package.part, members, list("depends"), cancel);
    let depends = depends.map_err(PackageError::folder)?;
    let provides = libraries::provides(package.part, members, list("provides"), cancel);
    let provides = provides.map_err(PackageError::folder)?;

    let info = pkginfo(package, scanned.size, &depends.entries, &provides.entries);
    let mut files = vec![
        ("BUILDINFO", buildinfo(package).map_err(invalid)?.into_bytes()),
        ("PKGINFO", info.map_err(invalid)?.into_bytes()),
    ];
    for (variable, file) in [("changelog", "CHANGELOG"), ("install", "INSTALL")] {
        let name = package.declared.string(variable);
        if !name.is_empty() {
            let script = beside(package.start, name);
            let missing = |source| PackageError::Script {
                package: package.name.to_owned(),
                variable,
                name: name.to_owned(),
                source,
            };
            files.push((file, script.map_err(missing)?));
        }
    }

    let mut all: Vec<Member> =
        files.iter().map(|(name, content)| own(name, content, date)).collect();
    all.extend(scanned.members);
    all.sort_by(|a, b| a.path.cmp(&b.path));
    files.push(("MTREE", mtree::write(&all).map_err(PackageError::Folder)?));
    let record = |(file, content)| (format!("packages/{}/{file}", package.name), content);
    Ok(Described {
        records: files.into_iter().map(record).collect(),
        warnings: depends.warnings.into_iter().chain(provides.warnings).collect(),
    })
}

/// A file that the recipe came with: no name leads out of its folder, or to what its functions made.
fn beside(start: &Path, name: &str) -> io::Result<Vec<u8>> {
    let path = start.join(name);
    let (real, root) = (fs_err::canonicalize(&path)?, fs_err::canonicalize(start)?);
    let own = real
        .strip_prefix(&root)
        .is_ok_and(|inside| !inside.starts_with("src") && !inside.starts_with("pkg"));
    if !own || !fs_err::symlink_metadata(&path)?.is_file() {
        return Err(io::Error::other("it is no file of the recipe's folder"));
    }
    let mut content = Vec::new();
    fs_err::File::open(path)?.take(LARGEST_SCRIPT + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST_SCRIPT {
        let what = format!("it is larger than {} MiB", LARGEST_SCRIPT >> 20);
        return Err(io::Error::other(what));
    }
    Ok(content)
}

/// A file of the metadata itself, such as `.PKGINFO`.
fn own(name: &str, content: &[u8], time: i64) -> Member {
    let kind = Kind::File {
        size: content.len() as u64,
        sha256: hex(&Sha256::digest(content)),
        md5: Some(hex(&md5::Md5::digest(content))),
    };
    Member { path: format!(".{name}").into_bytes(), mode: 0o644, uid: 0, gid: 0, time, kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_files_that_the_recipe_came_with() {
        let start = tempfile::tempdir().unwrap();
        let path = |name: &str| start.path().join(name);
        for folder in ["src", "pkg/a"] {
            fs_err::create_dir_all(path(folder)).unwrap();
        }
        for name in ["a.install", "srcs", "src/made", "pkg/a/made"] {
            fs_err::write(path(name), "text").unwrap();
        }
        fs_err::os::unix::fs::symlink("a.install", path("link")).unwrap();
        let large = fs_err::File::create(path("large")).unwrap();
        large.set_len(LARGEST_SCRIPT + 1).unwrap();
        for name in ["a.install", "./a.install", "srcs"] {
            assert_eq!(beside(start.path(), name).unwrap(), b"text", "{name}");
        }
        for name in ["src/made", "./src/made", "pkg/a/made", "link", "large", "src", "../x", "none"]
        {
            assert!(beside(start.path(), name).is_err(), "{name}");
        }
    }
}
