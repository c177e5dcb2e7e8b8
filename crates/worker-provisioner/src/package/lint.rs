use std::{
    io::{self, Read as _},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use fs_err::File;
use tokio_util::sync::CancellationToken;
use walkdir::WalkDir;

use super::PackageError;
use crate::{
    cancellation::{self, is_cancelled},
    functions::Workshop,
    recipe::Declared,
};

/// What a package may not have, and what is worth a warning.
#[derive(Debug)]
struct Lint {
    /// The package.
    name: String,
    /// Its folder.
    part: PathBuf,
    /// The entries of its `backup`.
    backup: Vec<String>,
    /// Folders of the build, under the names that they have in a recipe.
    folders: [(&'static str, PathBuf); 2],
}

/// The bytes of a file that are read at once.
const BUFFER: usize = 256 * 1024;

/// How many files a warning names.
const NAMED: usize = 5;

/// Looks through a package, as makepkg does after it has tidied it. Returns the warnings.
///
/// # Errors
/// Naming what no package may have: a name that begins with a dot at its root, or a newline in a
/// path.
pub(crate) async fn lint(
    workshop: &Workshop<'_>,
    name: &str,
    declared: &Declared,
) -> Result<Vec<String>, PackageError> {
    let lint = Lint {
        name: name.to_owned(),
        part: workshop.parts.join(name),
        backup: declared.array("backup").to_vec(),
        folders: [
            ("srcdir", workshop.seen_start().join("src")),
            ("pkgdir", workshop.seen_package(name)),
        ],
    };
    // All of it is read.
    workshop.apart(move |cancel| lint.check(cancel)).await
}

impl Lint {
    fn check(&self, cancel: &CancellationToken) -> Result<Vec<String>, PackageError> {
        let mut warnings = Vec::new();
        let mut references: [Vec<String>; 2] = Default::default();
        let finders = self.folders.each_ref().map(|(_, path)| path.as_os_str().as_bytes());
        let entries = WalkDir::new(&self.part).min_depth(1).sort_by_file_name();
        for entry in entries {
            cancellation::check(cancel).map_err(PackageError::folder)?;
            let Ok(entry) = entry else { continue };
            let relative = entry.path().strip_prefix(&self.part).unwrap_or(entry.path());
            let name = entry.file_name().as_bytes();
            let forbidden = |what| {
                let (package, path) = (self.name.clone(), relative.to_owned());
                Err(PackageError::Forbidden { package, what, path })
            };
            if entry.depth() == 1 && name.starts_with(b".") {
                return forbidden("a file at its root that begins with a dot");
            }
            if name.contains(&b'\n') {
                return forbidden("a path with a newline");
            }
            if !entry.file_type().is_file() {
                continue;
            }
            let found = match mentions(entry.path(), finders, cancel) {
                Ok(found) => found,
                Err(error) if is_cancelled(&error) => return Err(PackageError::Cancelled),
                // What its owner cannot read is not looked into.
                Err(_) => continue,
            };
            for (list, found) in references.iter_mut().zip(found) {
                if found {
                    list.push(relative.to_string_lossy().into_owned());
                }
            }
        }
        for ((variable, _), files) in self.folders.iter().zip(references) {
            if !files.is_empty() {
                let more = files.len().saturating_sub(NAMED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let some = files[..files.len().min(NAMED)].join(", ");
                warnings.push(format!(
                    "the package {} refers to ${variable}, which is gone after the build, in {some}{more}",
                    self.name
                ));
            }
        }
        for entry in &self.backup {
            if !self.part.join(entry).is_file() {
                warnings.push(format!(
                    "backup of the package {} names {entry}, which is not in it",
                    self.name
                ));
            }
        }
        Ok(warnings)
    }
}

/// Whether a file has each of these texts in it.
fn mentions<const N: usize>(
    path: &Path,
    texts: [&[u8]; N],
    cancel: &CancellationToken,
) -> io::Result<[bool; N]> {
    let overlap = texts.iter().map(|text| text.len()).max().unwrap_or(0);
    let finders = texts.map(memchr::memmem::Finder::new);
    let mut found = [false; N];
    let mut file = File::open(path)?;
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut buffer = vec![0; overlap + size.clamp(1, BUFFER)];
    let mut kept = 0;
    loop {
        cancellation::check(cancel)?;
        let read = match file.read(&mut buffer[kept..]) {
            Ok(0) => return Ok(found),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = kept + read;
        for (finder, found) in finders.iter().zip(&mut found) {
            *found = *found || finder.find(&buffer[..end]).is_some();
        }
        // What a text may begin with that goes on in what comes next.
        kept = end.min(overlap);
        buffer.copy_within(end - kept..end, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lint(part: &Path) -> Result<Vec<String>, PackageError> {
        let folders = [("srcdir", "/build/src".into()), ("pkgdir", "/build/pkg/a".into())];
        let backup = vec!["etc/a".to_owned(), "etc/none".to_owned()];
        Lint { name: "a".to_owned(), part: part.to_owned(), backup, folders }
            .check(&CancellationToken::new())
    }

    #[test]
    fn what_makepkg_warns_of_is_warned_of() {
        let part = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = part.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, content).unwrap();
        };
        write("etc/a", b"");
        write("usr/.dot", b"");
        // Over the edge of what is read at once.
        write("usr/far", &[vec![b'x'; BUFFER - 4], b"/build/src/x".to_vec()].concat());
        let warnings = lint(part.path()).unwrap();
        assert_eq!(
            warnings,
            [
                "the package a refers to $srcdir, which is gone after the build, in usr/far",
                "backup of the package a names etc/none, which is not in it"
            ]
        );
    }

    #[test]
    fn a_file_without_end_is_given_up_when_the_job_is() {
        let part = tempfile::tempdir().unwrap();
        File::create(part.path().join("big")).unwrap().set_len(4 << 40).unwrap();
        let folders = [("srcdir", "/build/src".into()), ("pkgdir", "/build/pkg/a".into())];
        let (name, part) = ("a".to_owned(), part.path().to_owned());
        let lint = Lint { name, part, backup: Vec::new(), folders };
        let cancel = CancellationToken::new();
        let checked = std::thread::scope(|scope| {
            let checking = scope.spawn(|| lint.check(&cancel));
            std::thread::sleep(std::time::Duration::from_millis(100));
            cancel.cancel();
            checking.join().unwrap()
        });
        assert!(matches!(checked, Err(PackageError::Cancelled)));
    }

    #[test]
    fn what_no_package_may_have_is_named() {
        for name in [".hidden", "new\nline"] {
            let part = tempfile::tempdir().unwrap();
            fs_err::write(part.path().join(name), "").unwrap();
            let error = lint(part.path()).unwrap_err();
            assert!(
                matches!(error, PackageError::Forbidden { path, .. } if path == Path::new(name))
            );
        }
    }
}
