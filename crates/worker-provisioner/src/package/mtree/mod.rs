//! `.MTREE`: every member of a package, as it is when it is installed. See mtree(5).

mod member;
mod read;
mod write;

pub(crate) use member::{Kind, Member};
pub(crate) use read::{Unreadable, read};
pub(crate) use write::write;
