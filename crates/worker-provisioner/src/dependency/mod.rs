//! What a recipe needs of others: which recipes of the index these are, in which order they must be
//! made, and how their files are seen by who needs them. What no recipe has is the host's to have.

mod closure;
mod error;
mod others;
mod package;
mod providers;
mod provision;
mod requirement;
mod seen;

pub(crate) use closure::{Closure, HostNeed, Needed};
pub(crate) use error::DependencyError;
pub(crate) use others::Others;
pub(crate) use providers::Providers;
pub(crate) use requirement::{Provided, Requirement};
pub(crate) use seen::Seen;
