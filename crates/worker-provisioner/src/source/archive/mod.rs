//! Unpacking of archives by their content, into a folder that no member can get out of.

mod compressed;
mod deb;
mod format;
mod input;
mod members;
mod path;
mod tar;
mod tree;
mod zip;

use std::io;

pub(crate) use crate::cancellation::is_cancelled;
pub(crate) use ::tar::EntryType;
pub(crate) use compressed::Compression;
pub(crate) use format::{Format, Holds, decompressed};
pub(crate) use input::Input;
pub(crate) use members::Attributes;
pub(crate) use path::{Refusal, beneath, refuse};
pub(crate) use tar::{Entry, each_member};
pub(crate) use tree::Limits;
pub(crate) use tree::Tree;

/// Unpacks an archive of this format into the tree.
pub(super) fn unpack(format: Format, input: Input, tree: &mut Tree) -> io::Result<()> {
    match format {
        Format::Tar(compression) => tar::unpack(compression.reader(input)?, tree),
        Format::Zip => zip::unpack(input, tree),
        Format::Ar => deb::unpack(input, tree),
    }
}
