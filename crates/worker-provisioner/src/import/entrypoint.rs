use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use super::{ImportError, Info};
use crate::package::check_entrypoint;

/// The executable of an imported package: the one that is asked for, else that which a hive has noted
/// in it, else the only one in `usr/bin`, else the one there that is called like the package. Empty
/// if it has none: then it is a library.
///
/// # Errors
/// If what is asked for is not there, or there are several and none is meant.
pub(crate) fn entrypoint(
    tree: &Path,
    info: &Info,
    wanted: Option<&Path>,
) -> Result<PathBuf, ImportError> {
    let has = executables(tree);
    let noted = info.worker.as_ref().map(|worker| worker.entrypoint.as_path());
    if let Some(entrypoint) = wanted.or(noted) {
        let entrypoint = entrypoint.strip_prefix("/").unwrap_or(entrypoint).to_owned();
        return match check_entrypoint(tree, &entrypoint) {
            Ok(()) => Ok(entrypoint),
            Err(_) => Err(ImportError::NoEntrypoint { entrypoint, has }),
        };
    }
    match &has[..] {
        [] => Ok(PathBuf::new()),
        [only] => Ok(only.into()),
        several => {
            let named = format!("usr/bin/{}", info.name);
            if several.contains(&named) {
                return Ok(named.into());
            }
            Err(ImportError::Choose { package: info.name.to_string(), has })
        }
    }
}

/// The executable files in `usr/bin`.
fn executables(tree: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(tree.join("usr/bin")).into_iter().flatten().flatten();
    let runs = |metadata: std::fs::Metadata| {
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    };
    let mut names: Vec<_> = entries
        .filter(|entry| entry.metadata().is_ok_and(runs))
        .map(|entry| format!("usr/bin/{}", entry.file_name().to_string_lossy()))
        .collect();
    names.sort();
    names
}
