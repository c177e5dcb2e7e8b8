//! What the package functions made: put together, checked, tried and put into the store.

mod commit;
mod entrypoint;
mod error;
mod lint;
mod merge;
mod metadata;
mod mtree;
mod ownership;
mod smoke;
mod tidy;

pub(crate) use commit::{Product, commit};
pub(crate) use entrypoint::check_entrypoint;
pub(crate) use error::PackageError;
pub(crate) use lint::lint;
pub(crate) use merge::merge;
pub(crate) use metadata::{Described, Package, WorkerNote, describe, worker_note};
pub(crate) use mtree::{Kind, Member, Unreadable as UnreadableMtree, read as read_mtree};
pub(crate) use ownership::{Owner, Ownership};
pub(crate) use smoke::smoke;
pub(crate) use tidy::{symbols, tidy};
