//! From a store object to the package file that pacman installs.

mod archive;
mod compression;
mod contents;
mod error;
mod write;

pub(crate) use compression::Suffix;
pub(crate) use contents::Contents;
pub(crate) use error::ExportError;
pub(crate) use write::write;
