//! What the package functions made: put together, checked, tried and put into the store.

mod commit;
mod entrypoint;
mod error;
mod lint;
mod merge;
mod smoke;
mod tidy;

pub(crate) use commit::commit;
pub(crate) use entrypoint::check_entrypoint;
pub(crate) use error::PackageError;
pub(crate) use lint::lint;
pub(crate) use merge::merge;
pub(crate) use smoke::smoke;
pub(crate) use tidy::{symbols, tidy};
