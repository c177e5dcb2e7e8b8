//! Git sources, by the `git` program: mirrored into the cache, resolved to a commit, checked out.

mod checkout;
mod mirror;
mod program;
mod reference;

pub(super) use checkout::checkout;
pub(super) use mirror::fetch;
pub(super) use program::GIT;
pub(crate) use reference::{GitReference, GitSource};
