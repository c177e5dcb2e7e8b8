use std::{io, path::Path};

use rustix::fs::{fsync, syncfs};

use super::{
    failure::at,
    parallel,
    tree::{Access, Kind, Tree, open_folder_at},
};

/// Up to how many members each is made durable of its own. Beyond that it is cheaper to have the
/// whole file system written, which may hold much that is not ours.
const FEW: usize = 1024;

/// Makes a tree, whose members are about this many, survive a loss of power.
pub(super) fn persist(path: &Path, about: usize) -> io::Result<()> {
    let tree = Tree::open(path)?;
    if about > FEW {
        return syncfs(tree.root()).map_err(at(path));
    }
    parallel::map(&tree.members(Access::ReadOnly)?, |member| match member.kind {
        Kind::File => {
            fsync(tree.file(&member.path, Access::ReadOnly)?).map_err(tree.at(&member.path))
        }
        Kind::Folder => fsync(tree.folder(&member.path)?).map_err(tree.at(&member.path)),
        // A link lies in its folder.
        Kind::Symlink { .. } | Kind::Refused(_) => Ok(()),
    })?;
    fsync(tree.root()).map_err(at(path))
}

/// Makes the names in one folder survive a loss of power.
pub(super) fn persist_names(folder: &Path) -> io::Result<()> {
    let opened = open_folder_at(rustix::fs::CWD, folder).map_err(at(folder))?;
    fsync(opened).map_err(at(folder))
}
