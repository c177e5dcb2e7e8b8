use std::{fs::Permissions, os::unix::fs::PermissionsExt, path::Path};

use super::PackageError;

/// Moves what a package function made into the tree of the worker, into which the packages of a
/// split recipe all go. Both are on one file system, and no process of the recipe is alive.
///
/// # Errors
/// If two packages have the same file.
pub(crate) fn merge(part: &Path, tree: &Path) -> Result<(), PackageError> {
    into(part, tree, Path::new(""))
}

fn into(part: &Path, tree: &Path, below: &Path) -> Result<(), PackageError> {
    for entry in fs_err::read_dir(part.join(below)).map_err(PackageError::Folder)? {
        let entry = entry.map_err(PackageError::Folder)?;
        let relative = below.join(entry.file_name());
        let target = tree.join(&relative);
        let is_folder = entry.file_type().map_err(PackageError::Folder)?.is_dir();
        match fs_err::symlink_metadata(&target) {
            Ok(there) if there.is_dir() && is_folder => into(part, tree, &relative)?,
            Ok(_) => return Err(PackageError::Conflict(relative)),
            Err(_) => {
                if is_folder {
                    // A folder that moves gets another `..`, for which it must be writable.
                    let writable = Permissions::from_mode(0o755);
                    fs_err::set_permissions(entry.path(), writable)
                        .map_err(PackageError::Folder)?;
                }
                fs_err::rename(entry.path(), target).map_err(PackageError::Folder)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_share_folders_but_no_files() {
        let root = tempfile::tempdir().unwrap();
        let file = |path: &str| {
            let path = root.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        };
        file("a/usr/bin/a");
        file("b/usr/bin/b");
        file("c/usr/bin/a");
        let tree = root.path().join("tree");
        fs_err::create_dir(&tree).unwrap();
        merge(&root.path().join("a"), &tree).unwrap();
        merge(&root.path().join("b"), &tree).unwrap();
        assert!(tree.join("usr/bin/a").exists() && tree.join("usr/bin/b").exists());
        let conflict = merge(&root.path().join("c"), &tree);
        assert!(matches!(conflict, Err(PackageError::Conflict(p)) if p == Path::new("usr/bin/a")));
    }
}
