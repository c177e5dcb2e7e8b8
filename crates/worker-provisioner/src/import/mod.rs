//! From a package file, ours or makepkg's, to a store object.
//!
//! Nothing of the package runs here but, where a hive has noted one, its smoke test in the sandbox.

mod entrypoint;
mod error;
mod extract;
mod file;
mod info;

pub(crate) use entrypoint::entrypoint;
pub(crate) use error::ImportError;
pub(crate) use extract::extract;
pub(crate) use file::PackageFile;
pub(crate) use info::Info;
