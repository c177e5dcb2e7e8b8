//! Where the work of a verb is done. A verb asks and answers the same, wherever that is.

mod local;
mod place;
mod recorded;
mod request;

pub(crate) use local::Local;
pub(crate) use place::Hive;
pub(crate) use request::{ImportFile, Install, Wanted};
