use std::{os::unix::fs::PermissionsExt, path::Path};

use super::PackageError;

/// Checks that the executable the recipe promises is in the package.
///
/// # Errors
/// Naming what there is instead.
pub(crate) fn check_entrypoint(tree: &Path, entrypoint: &Path) -> Result<(), PackageError> {
    let bad = |problem| PackageError::BadEntrypoint { entrypoint: entrypoint.to_owned(), problem };
    let root = fs_err::canonicalize(tree).map_err(PackageError::Folder)?;
    let Ok(path) = fs_err::canonicalize(root.join(entrypoint)) else {
        return Err(PackageError::NoEntrypoint {
            entrypoint: entrypoint.to_owned(),
            has: executables(&root),
        });
    };
    if !path.starts_with(&root) {
        return Err(bad("is a link that leads out of it"));
    }
    let metadata = fs_err::metadata(&path).map_err(PackageError::Folder)?;
    if !metadata.is_file() {
        return Err(bad("is not a file"));
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Err(bad("is not executable; install it with mode 755"));
    }
    Ok(())
}

fn executables(root: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(root.join("usr/bin")).into_iter().flatten().flatten();
    let mut names: Vec<_> =
        entries.map(|e| format!("usr/bin/{}", e.file_name().to_string_lossy())).collect();
    names.sort();
    names.truncate(10);
    names
}
