use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::MetadataExt as _,
};

use tar::{Builder, EntryType, Header};

use crate::{
    host::OwnerNames,
    package::{Kind, Member},
};

/// The tar of a package, in the format of bsdtar: ustar, with pax headers for what that cannot hold.
pub(super) struct Archive<'a> {
    tar: Builder<&'a mut dyn Write>,
    /// The first name of each file that has several.
    linked: HashMap<(u64, u64), Vec<u8>>,
    names: OwnerNames,
}

/// The longest path and link of a plain header.
const PLAIN: usize = 100;

impl<'a> Archive<'a> {
    pub(super) fn new(output: &'a mut dyn Write) -> Self {
        Self { tar: Builder::new(output), linked: HashMap::new(), names: OwnerNames::of_host() }
    }

    /// Adds a folder or a symbolic link.
    pub(super) fn add(&mut self, member: &Member) -> io::Result<()> {
        match &member.kind {
            Kind::Symlink { target } => {
                self.header(member, EntryType::Symlink, 0, Some(target), &mut io::empty())
            }
            Kind::Folder | Kind::File { .. } => {
                self.header(member, EntryType::Directory, 0, None, &mut io::empty())
            }
        }
    }

    /// Adds a file, or a further name of one that was added.
    pub(super) fn add_file(
        &mut self,
        member: &Member,
        file: &File,
        size: u64,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let metadata = file.metadata()?;
        let identity = (metadata.dev(), metadata.ino());
        if metadata.nlink() > 1 {
            if let Some(first) = self.linked.get(&identity).cloned() {
                let nothing = &mut io::empty();
                return self.header(member, EntryType::Link, 0, Some(&first), nothing);
            }
            self.linked.insert(identity, member.path.clone());
        }
        self.add_content(member, size, content)
    }

    /// Adds a file with this content.
    pub(super) fn add_content(
        &mut self,
        member: &Member,
        size: u64,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        self.header(member, EntryType::Regular, size, None, content)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.tar.finish()
    }

    fn header(
        &mut self,
        member: &Member,
        kind: EntryType,
        size: u64,
        link: Option<&[u8]>,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let mut path = member.path.clone();
        if kind == EntryType::Directory {
            path.push(b'/');
        }
        let mut extensions: Vec<(&str, &[u8])> = Vec::new();
        let long_path = !fits(&path);
        let long_link = link.filter(|link| !fits(link));
        if !path.is_ascii() || link.is_some_and(|link| !link.is_ascii()) {
            // Names are bytes; what they mean is for whoever reads them to say.
            extensions.push(("hdrcharset", b"BINARY"));
        }
        if long_path {
            extensions.push(("path", &path));
        }
        extensions.extend(long_link.map(|link| ("linkpath", link)));
        if !extensions.is_empty() {
            self.tar.append_pax_extensions(extensions)?;
        }

        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(member.mode);
        header.set_uid(member.uid.into());
        header.set_gid(member.gid.into());
        header.set_mtime(member.time.try_into().unwrap_or(0));
        header.set_size(size);
        if let Some(ustar) = header.as_ustar_mut() {
            name(&mut ustar.name, &path);
            name(&mut ustar.linkname, link.unwrap_or_default());
            name(&mut ustar.uname, self.names.user(member.uid).as_bytes());
            name(&mut ustar.gname, self.names.group(member.gid).as_bytes());
        }
        header.set_device_major(0)?;
        header.set_device_minor(0)?;
        header.set_cksum();
        self.tar.append(&header, content)
    }
}

/// Whether a plain header can hold it.
fn fits(path: &[u8]) -> bool {
    path.len() <= PLAIN && path.is_ascii()
}

/// Fills a field with as much as it takes.
fn name(field: &mut [u8], value: &[u8]) {
    let length = field.len().min(value.len());
    field[..length].copy_from_slice(&value[..length]);
}
