//! The little of an ELF file that package metadata is made of.

use std::{fs::File, io, os::unix::fs::FileExt as _, path::Path};

/// A dynamically linked ELF file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Elf {
    /// 32 or 64.
    pub(super) class: u8,
    /// Whether it is of the type that shared objects are of; position-independent programs are too.
    pub(super) shared: bool,
    /// What other files link to it by.
    pub(super) soname: Option<String>,
    /// The sonames that it links to, in its order.
    pub(super) needed: Vec<String>,
}

/// More than any real file has; a larger table is a damaged file.
const LARGEST_TABLE: u64 = 16 << 20;

/// More than any real file links to.
const MOST_NEEDED: usize = 4096;

const PT_LOAD: u64 = 1;
const PT_DYNAMIC: u64 = 2;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_SONAME: u64 = 14;
const ET_DYN: u64 = 3;

impl Elf {
    /// Reads a file; `None` if it is no ELF file or a damaged one.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let file = fs_err::File::open(path)?.into_parts().0;
        let reader = Reader { file: &file, wide: false, little: true };
        Ok(match reader.at(0, 20) {
            Some(head) if head.starts_with(b"\x7fELF") => {
                let (wide, little) = (head[4] == 2, head[5] != 2);
                Reader { file: &file, wide, little }.elf()
            }
            _ => None,
        })
    }
}

struct Reader<'a> {
    file: &'a File,
    wide: bool,
    little: bool,
}

impl Reader<'_> {
    fn elf(&self) -> Option<Elf> {
        let header = self.at(0, if self.wide { 64 } else { 52 })?;
        let (table, size, count) = if self.wide { (32, 54, 56) } else { (28, 42, 44) };
        let table = self.word(&header, table)?;
        let (size, count) = (self.number(&header, size, 2)?, self.number(&header, count, 2)?);
        let class = if self.wide { 64 } else { 32 };
        let shared = self.number(&header, 16, 2)? == ET_DYN;
        let mut elf = Elf { class, shared, soname: None, needed: Vec::new() };

        let (mut loads, mut dynamic) = (Vec::new(), None);
        for index in 0..count {
            let segment = self.at(table.checked_add(index * size)?, size)?;
            // Offset, address and length in the file.
            let at = if self.wide { (8, 16, 32) } else { (4, 8, 16) };
            let place = (
                self.word(&segment, at.0)?,
                self.word(&segment, at.1)?,
                self.word(&segment, at.2)?,
            );
            match self.number(&segment, 0, 4)? {
                PT_LOAD => loads.push(place),
                PT_DYNAMIC => dynamic = Some(place),
                _ => {}
            }
        }
        let Some((offset, _, length)) = dynamic else { return Some(elf) };
        let entries = self.at(offset, length)?;
        let word = if self.wide { 8 } else { 4 };
        let entries: Vec<(u64, u64)> = entries
            .chunks_exact(2 * word)
            .map_while(|entry| Some((self.word(entry, 0)?, self.word(entry, word)?)))
            .take_while(|(tag, _)| *tag != 0)
            .collect();
        let strings = entries.iter().find(|(tag, _)| *tag == DT_STRTAB).and_then(|(_, address)| {
            let load = loads.iter().find(|(_, start, length)| {
                address.checked_sub(*start).is_some_and(|within| within < *length)
            });
            load.and_then(|(offset, start, _)| offset.checked_add(address - start))
        });
        let Some(strings) = strings else { return Some(elf) };
        for (tag, value) in entries {
            if elf.needed.len() > MOST_NEEDED {
                return None;
            }
            if tag == DT_NEEDED || tag == DT_SONAME {
                let text = self.text(strings.checked_add(value)?)?;
                if tag == DT_NEEDED { elf.needed.push(text) } else { elf.soname = Some(text) }
            }
        }
        Some(elf)
    }

    fn at(&self, offset: u64, length: u64) -> Option<Vec<u8>> {
        if length > LARGEST_TABLE {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        self.file.read_exact_at(&mut bytes, offset).ok()?;
        Some(bytes)
    }

    /// The text at a place, up to its NUL.
    fn text(&self, offset: u64) -> Option<String> {
        let mut bytes = [0; 512];
        let read = self.file.read_at(&mut bytes, offset).ok()?;
        let end = bytes[..read].iter().position(|b| *b == 0)?;
        String::from_utf8(bytes[..end].to_vec()).ok()
    }

    /// An address or offset, whose size depends on the class.
    fn word(&self, bytes: &[u8], at: usize) -> Option<u64> {
        self.number(bytes, at, if self.wide { 8 } else { 4 })
    }

    fn number(&self, bytes: &[u8], at: usize, length: usize) -> Option<u64> {
        let bytes = bytes.get(at..at + length)?;
        let append = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.little {
            bytes.iter().rev().fold(0, append)
        } else {
            bytes.iter().fold(0, append)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_this_host_says_what_it_needs() {
        let bash = Elf::read(Path::new("/bin/bash")).unwrap().unwrap();
        assert!(bash.needed.iter().any(|n| n.starts_with("libc.so")), "{bash:?}");
        assert_eq!((bash.class, bash.soname), (64, None));
    }

    #[test]
    fn what_is_cut_off_or_no_elf_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let whole = fs_err::read("/bin/bash").unwrap();
        for length in [0, 4, 20, 63, 64, 100, 1000] {
            fs_err::write(&path, &whole[..length]).unwrap();
            assert_eq!(Elf::read(&path).unwrap(), None, "{length}");
        }
        fs_err::write(&path, [b"\x7fELF\x02\x01".as_slice(), &[0xff; 200]].concat()).unwrap();
        assert_eq!(Elf::read(&path).unwrap(), None);
    }
}
