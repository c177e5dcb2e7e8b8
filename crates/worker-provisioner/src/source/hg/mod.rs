//! Mercurial sources, by the `hg` program: mirrored into the cache, resolved to a node, checked out.

mod checkout;
mod mirror;
mod program;
mod reference;

pub(super) use checkout::checkout;
pub(super) use mirror::fetch;
pub(crate) use reference::HgSource;
