use std::path::{Path, PathBuf};

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
        if check_entrypoint(tree, &entrypoint).is_err() {
            return Err(ImportError::NoEntrypoint { entrypoint, has, asked: wanted.is_some() });
        }
        return Ok(entrypoint);
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

/// The executable files in `usr/bin`; if there are none, the links to executable files elsewhere in
/// the package.
fn executables(tree: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(tree.join("usr/bin")).into_iter().flatten().flatten();
    let (mut files, mut links) = (Vec::new(), Vec::new());
    for entry in entries {
        let name = format!("usr/bin/{}", entry.file_name().to_string_lossy());
        if check_entrypoint(tree, Path::new(&name)).is_ok() {
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            if is_link { links.push(name) } else { files.push(name) }
        }
    }
    let mut names = if files.is_empty() { links } else { files };
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use rbee_hive_artifact_catalog::{ErrorKind, WorkerType};

    use super::*;
    use crate::package::WorkerNote;

    fn info() -> Info {
        Info {
            name: "engine".parse().unwrap(),
            version: "1-1".parse().unwrap(),
            depends: Vec::new(),
            worker: None,
        }
    }

    #[test]
    fn an_executable_that_is_not_there_is_the_fault_of_who_names_it() {
        let tree = tempfile::tempdir().unwrap();
        let entrypoint_of = |info: &Info, wanted: Option<&str>| {
            entrypoint(tree.path(), info, wanted.map(Path::new)).unwrap_err().kind()
        };
        assert_eq!(entrypoint_of(&info(), Some("usr/bin/x")), ErrorKind::Usage);
        let worker = Some(WorkerNote {
            backend: WorkerType::Cpu,
            entrypoint: "usr/bin/x".into(),
            smoke: Vec::new(),
            formats: Vec::new(),
        });
        assert_eq!(entrypoint_of(&Info { worker, ..info() }, None), ErrorKind::BuildFailed);
    }

    #[test]
    fn links_count_where_there_are_no_files() {
        let tree = tempfile::tempdir().unwrap();
        let bin = tree.path().join("usr/bin");
        fs_err::create_dir_all(&bin).unwrap();
        let found = || entrypoint(tree.path(), &info(), None);
        assert_eq!(found().unwrap(), Path::new(""));
        let program = tree.path().join("usr/engine");
        fs_err::write(&program, "").unwrap();
        fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        symlink("/bin/sh", bin.join("outside")).unwrap();
        symlink("../engine", bin.join("link")).unwrap();
        assert_eq!(found().unwrap(), Path::new("usr/bin/link"));
        fs_err::hard_link(&program, bin.join("a")).unwrap();
        assert_eq!(found().unwrap(), Path::new("usr/bin/a"));
        fs_err::hard_link(&program, bin.join("b")).unwrap();
        assert!(matches!(found(), Err(ImportError::Choose { .. })));
        fs_err::hard_link(&program, bin.join("engine")).unwrap();
        assert_eq!(found().unwrap(), Path::new("usr/bin/engine"));
    }
}
