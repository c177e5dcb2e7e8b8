//! What pacman wants to know of a package: `.PKGINFO`, `.BUILDINFO` and `.MTREE`, with the values that
//! makepkg 6 gives them.

mod buildinfo;
mod describe;
mod elf;
mod libraries;
mod note;
mod package;
mod pkginfo;
mod scan;

pub(crate) use describe::{Described, describe};
pub(crate) use note::WorkerNote;
pub(crate) use package::{Invalid, Package};
pub(crate) use pkginfo::worker_note;
