use std::{ffi::OsString, io, path::Path};

use tokio_util::sync::CancellationToken;
use walkdir::WalkDir;

use super::{
    Toggles,
    binaries::{Binaries, Kind},
};
use crate::{cancellation, recipe::Declared};

/// What is to be done to a package, as the arguments of `tidy.sh`.
#[derive(Debug, Default)]
pub(super) struct Operations(Vec<OsString>);

/// Where what a package of debugging symbols is made of lies, as it is seen in the sandbox.
#[derive(Debug)]
pub(super) struct Symbols<'a> {
    pub(super) base: &'a str,
    pub(super) srcdir: &'a Path,
    pub(super) part: &'a Path,
}

impl Operations {
    /// Takes out files. Looks at the names of all.
    ///
    /// # Errors
    /// Only that of the token's cancellation.
    pub(super) fn removals(
        &mut self,
        declared: &Declared,
        part: &Path,
        cancel: &CancellationToken,
    ) -> io::Result<()> {
        let toggles = Toggles::new(declared);
        let docs = declared.array("DOC_DIRS");
        if toggles.is_off("docs") && !docs.is_empty() {
            self.add("remove_docs", docs);
        }
        if toggles.is_off("emptydirs") {
            self.add::<&str>("remove_emptydirs", &[]);
        }
        if toggles.is_off("libtool") && has_file_that_ends(part, &[".la"], cancel)? {
            self.add::<&str>("remove_libtool", &[]);
        }
        let targets = declared.array("PURGE_TARGETS");
        if toggles.is_on("purge") && !targets.is_empty() {
            let ends: Vec<_> = targets.iter().map(|target| end(target)).collect();
            if has_file_that_ends(part, &ends, cancel)? {
                self.add("remove_purge", targets);
            }
        }
        if toggles.is_off("staticlibs") && has_file_that_ends(part, &[".a"], cancel)? {
            self.add::<&str>("remove_staticlibs", &[]);
        }
        Ok(())
    }

    /// Strips binaries; with `symbols`, what debuggers need is kept there.
    pub(super) fn strip(
        &mut self,
        declared: &Declared,
        binaries: &Binaries,
        symbols: Option<&Symbols<'_>>,
    ) {
        if let Some(symbols) = symbols {
            let at = match declared.string("DBGSRCDIR") {
                "" => "/usr/src/debug",
                at => at,
            };
            let values = [
                symbols.base.into(),
                symbols.srcdir.as_os_str().to_owned(),
                symbols.part.as_os_str().to_owned(),
                at.into(),
            ];
            self.add("keep_debug", &values);
        }
        for (kind, list, variable, unset) in [
            (Kind::Program, "program", "STRIP_BINARIES", ""),
            (Kind::Shared, "shared", "STRIP_SHARED", "-S"),
            (Kind::Static, "static", "STRIP_STATIC", "-S"),
        ] {
            if binaries.of_kind(kind).next().is_some() {
                let is_set = declared.settings.contains_key(variable);
                let flags = if is_set { declared.string(variable) } else { unset };
                self.add("strip_files", &[list, flags]);
            }
        }
    }

    /// Compresses manual pages.
    pub(super) fn zipman(&mut self, declared: &Declared, part: &Path) {
        let folders = declared.array("MAN_DIRS");
        let any = folders.iter().any(|folder| part.join(folder).is_dir());
        if Toggles::new(declared).is_on("zipman") && any {
            self.add("modify_zipman", folders);
        }
    }

    fn add<T: Into<OsString> + Clone>(&mut self, operation: &str, values: &[T]) {
        self.0.extend([operation.into(), values.len().to_string().into()]);
        self.0.extend(values.iter().cloned().map(Into::into));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_arguments(self) -> Vec<OsString> {
        self.0
    }
}

/// What the names end with that a pattern matches.
fn end(pattern: &str) -> &str {
    let after = pattern.rfind(['*', '?', ']', '/', '\\']).map_or(0, |at| at + 1);
    &pattern[after..]
}

fn has_file_that_ends(part: &Path, ends: &[&str], cancel: &CancellationToken) -> io::Result<bool> {
    for entry in WalkDir::new(part) {
        cancellation::check(cancel)?;
        let Some(entry) = entry.ok().filter(|entry| !entry.file_type().is_dir()) else { continue };
        let name = entry.file_name().as_encoded_bytes();
        if ends.iter().any(|end| name.ends_with(end.as_bytes())) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Ownership;

    #[test]
    fn nothing_to_do_is_nothing_to_run() {
        let part = tempfile::tempdir().unwrap();
        let bytes =
            b"c\0OPTIONS\x004\0strip\0zipman\0purge\0!libtool\0c\0PURGE_TARGETS\x001\0*.pod\0\
                      c\0MAN_DIRS\x001\0usr/share/man\0E\0";
        let declared = Declared::parse(bytes).unwrap();
        let all = || {
            let mut operations = Operations::default();
            let cancel = CancellationToken::new();
            operations.removals(&declared, part.path(), &cancel).unwrap();
            let binaries = Binaries::of(part.path(), &Ownership::default(), &cancel).unwrap();
            operations.strip(&declared, &binaries, None);
            operations.zipman(&declared, part.path());
            operations
        };
        assert!(all().is_empty());
        fs_err::write(part.path().join("a.pod"), "").unwrap();
        fs_err::create_dir_all(part.path().join("usr/share/man")).unwrap();
        assert_eq!(
            all().into_arguments(),
            ["remove_purge", "1", "*.pod", "modify_zipman", "1", "usr/share/man"]
        );
    }
}
