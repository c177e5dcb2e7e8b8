use std::io;

use super::{Input, members::Attributes, tree::Tree};

/// Unpacks the members of an `ar` archive, one level: of a deb these are `debian-binary`,
/// `control.tar.*` and `data.tar.*`, as bsdtar leaves them.
pub(super) fn unpack(input: Input, tree: &mut Tree) -> io::Result<()> {
    let mut archive = ar::Archive::new(io::BufReader::new(input));
    while let Some(entry) = archive.next_entry() {
        let mut entry = entry?;
        let header = entry.header();
        let member = header.identifier().to_owned();
        let attributes = Attributes::new(header.mode(), header.mtime());
        tree.file(&member, attributes, &mut entry)?;
    }
    Ok(())
}
