use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Where the programs of the host are that a recipe can use: the sandbox shows these folders and
/// none of a person's own.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The path of a program of the host.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    PATH.split(':').map(|folder| Path::new(folder).join(name)).find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// Where the shared libraries of the host lie.
pub(super) fn library_folders() -> impl Iterator<Item = PathBuf> {
    let multiarch = format!("{}-linux-gnu", std::env::consts::ARCH);
    ["/usr/local/lib", "/usr/lib64", "/usr/lib", "/lib64", "/lib"]
        .into_iter()
        .flat_map(move |folder| [Path::new(folder).to_owned(), Path::new(folder).join(&multiarch)])
        .filter(|folder| folder.is_dir())
}
