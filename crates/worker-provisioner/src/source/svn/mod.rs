//! Subversion sources, by the `svn` program: a working copy in the cache, copied into `srcdir`.

mod checkout;
mod mirror;
mod program;
mod reference;

pub(super) use checkout::checkout;
pub(super) use mirror::fetch;
pub(crate) use reference::SvnSource;
