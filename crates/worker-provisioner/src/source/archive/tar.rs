use std::{
    cell::Cell,
    io::{self, Read},
    ops::ControlFlow,
    rc::Rc,
};

use tar::{Archive, EntryType};

use super::{members::Attributes, path::refuse, tree::Tree};

/// What may stand between two members: long names and pax headers, which the reader keeps in memory.
const BETWEEN: u64 = 4 << 20;

/// A member of a tar.
pub(crate) struct Entry<'a> {
    /// Its path, as the archive writes it.
    pub(crate) path: Vec<u8>,
    pub(crate) kind: EntryType,
    /// Permission bits, set-user-id and the like among them.
    pub(crate) mode: u32,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
    /// Seconds since 1970.
    pub(crate) time: u64,
    /// Where a link points.
    pub(crate) link: Option<Vec<u8>>,
    pub(crate) size: u64,
    pub(crate) content: &'a mut dyn Read,
}

/// Shows each member of a tar in its order, until `visit` says that it has seen enough.
pub(crate) fn each_member(
    reader: Box<dyn Read + '_>,
    visit: &mut dyn FnMut(Entry<'_>) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    let allowance = Allowance(Rc::new(Cell::new(BETWEEN)));
    let mut archive = Archive::new(Metered { reader, allowance: allowance.clone() });
    let mut entries = archive.entries()?;
    loop {
        allowance.set(BETWEEN);
        let Some(entry) = entries.next() else { return Ok(()) };
        let mut entry = entry?;
        allowance.set(u64::MAX);
        let header = entry.header();
        let member = Entry {
            kind: header.entry_type(),
            mode: header.mode().unwrap_or(0o644) & 0o7777,
            uid: header.uid().unwrap_or(0),
            gid: header.gid().unwrap_or(0),
            time: header.mtime().unwrap_or(0),
            path: entry.path_bytes().into_owned(),
            link: entry.link_name_bytes().map(std::borrow::Cow::into_owned),
            size: entry.size(),
            content: &mut entry,
        };
        if visit(member)?.is_break() {
            return Ok(());
        }
        // What was not asked for is no header.
        io::copy(&mut entry, &mut io::sink())?;
    }
}

pub(super) fn unpack(reader: Box<dyn Read + '_>, tree: &mut Tree) -> io::Result<()> {
    each_member(reader, &mut |entry| {
        let Entry { path: member, kind, mode, time, link, content, .. } = entry;
        let attributes = Attributes::new(mode, time);
        let link = || link.ok_or_else(|| refuse(&member, "it is a link to nothing"));
        match kind {
            EntryType::Directory => tree.folder(&member, attributes)?,
            EntryType::Symlink => tree.symlink(&member, &link()?, attributes)?,
            EntryType::Link => tree.hard_link(&member, &link()?)?,
            EntryType::Char | EntryType::Block => tree.skip(&member, "it is a device"),
            EntryType::Fifo => tree.skip(&member, "it is a FIFO"),
            // Old archives mark a folder by its name alone.
            EntryType::Regular if member.ends_with(b"/") => tree.folder(&member, attributes)?,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                tree.file(&member, attributes, content)?;
            }
            // A comment for all that follows; `git archive` puts the commit there.
            EntryType::XGlobalHeader => {}
            _ => tree.skip(&member, "its kind is not known"),
        }
        Ok(ControlFlow::Continue(()))
    })
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
