//! The immutable store: folders of files that are complete or absent, and never change.
//!
//! In the order things happen: a job [stages](Store::stage) its files, [seals](Staging::seal) them,
//! which gives their digest, and [commits](Sealed::commit) them under a name that holds the digest.
//! [`Store::verify`] compares an object with its manifest, [`Store::remove`] takes one out, and
//! [`Store::sweep`] clears away what a crash left.

mod layout;
mod object;

mod lock;
mod spread;
mod staging;

mod tree;

mod canonical;
mod escape;
mod manifest;
pub mod parallel;

mod commit;
mod durable;

mod removal;
mod sweep;
mod verify;

mod failure;

pub use commit::Sealed;
pub use layout::Store;
pub(crate) use lock::LockFile;
pub use lock::WorkerLock;
pub use manifest::{Content, Entry, Manifest};
pub use object::{InvalidObjectName, ObjectName, RECORDS};
pub use staging::Staging;
pub use sweep::{Left, Swept};
pub use verify::{Damage, DamageKind};
