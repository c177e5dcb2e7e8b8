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

pub(super) use compressed::Compression;
pub(super) use format::{Format, Holds};
pub(super) use input::{Input, is_cancelled};
pub(super) use path::Refusal;
pub(crate) use tree::Limits;
pub(super) use tree::Tree;

/// Unpacks an archive of this format into the tree.
pub(super) fn unpack(format: Format, input: Input, tree: &mut Tree) -> io::Result<()> {
    match format {
        Format::Tar(compression) => tar::unpack(compression.reader(input)?, tree),
        Format::Zip => zip::unpack(input, tree),
        Format::Ar => deb::unpack(input, tree),
    }
}
