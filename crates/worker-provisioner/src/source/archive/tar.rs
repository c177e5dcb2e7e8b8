use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

use tar::{Archive, EntryType};

use super::{members::Attributes, path::refuse, tree::Tree};

/// What may stand between two members: long names and pax headers, which the reader keeps in memory.
const BETWEEN: u64 = 4 << 20;

pub(super) fn unpack(reader: Box<dyn Read + '_>, tree: &mut Tree) -> io::Result<()> {
    let allowance = Allowance(Rc::new(Cell::new(BETWEEN)));
    let mut archive = Archive::new(Metered { reader, allowance: allowance.clone() });
    let mut entries = archive.entries()?;
    loop {
        allowance.set(BETWEEN);
        let Some(entry) = entries.next() else { return Ok(()) };
        let mut entry = entry?;
        allowance.set(u64::MAX);
        let member = entry.path_bytes().into_owned();
        let header = entry.header();
        let attributes =
            Attributes::new(header.mode().unwrap_or(0o644), header.mtime().unwrap_or(0));
        let link = |entry: &tar::Entry<'_, _>| {
            entry
                .link_name_bytes()
                .map(std::borrow::Cow::into_owned)
                .ok_or_else(|| refuse(&member, "it is a link to nothing"))
        };
        match header.entry_type() {
            EntryType::Directory => tree.folder(&member, attributes)?,
            EntryType::Symlink => tree.symlink(&member, &link(&entry)?, attributes)?,
            EntryType::Link => tree.hard_link(&member, &link(&entry)?)?,
            EntryType::Char | EntryType::Block => tree.skip(&member, "it is a device"),
            EntryType::Fifo => tree.skip(&member, "it is a FIFO"),
            // Old archives mark a folder by its name alone.
            EntryType::Regular if member.ends_with(b"/") => tree.folder(&member, attributes)?,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                tree.file(&member, attributes, &mut entry)?;
            }
            // A comment for all that follows; `git archive` puts the commit there.
            EntryType::XGlobalHeader => {}
            _ => tree.skip(&member, "its kind is not known"),
        }
        // What was not asked for is no header.
        io::copy(&mut entry, &mut io::sink())?;
    }
}

/// How many bytes may be read before somebody looks again.
#[derive(Clone)]
struct Allowance(Rc<Cell<u64>>);

impl Allowance {
    fn set(&self, bytes: u64) {
        self.0.set(bytes);
    }
}

struct Metered<R> {
    reader: R,
    allowance: Allowance,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        let left = self.allowance.0.get().checked_sub(read as u64);
        self.allowance.set(left.ok_or_else(|| io::Error::other("a member's name is too long"))?);
        Ok(read)
    }
}
