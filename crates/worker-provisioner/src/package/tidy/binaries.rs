use std::{
    collections::HashSet,
    ffi::OsString,
    fs::Metadata,
    io::{self, Read as _, Seek as _, SeekFrom},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use fs_err::File;
use tokio_util::sync::CancellationToken;
use walkdir::WalkDir;

use crate::{
    cancellation::{self, is_cancelled},
    package::Ownership,
};

/// What strip is told to do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A program that is loaded where it was linked for.
    Program,
    /// A shared library, a relocatable program, a kernel module.
    Shared,
    /// An archive of objects.
    Static,
}

/// The binaries of a package that can be stripped, by `./` and their paths in it, in the order of
/// their names. One with several names is there once.
#[derive(Debug, Default)]
pub(super) struct Binaries(Vec<(Kind, OsString)>);

impl Binaries {
    /// Looks at every file that its owner may write, as makepkg does. What cannot be read is none.
    ///
    /// # Errors
    /// Only that of the token's cancellation.
    pub(super) fn of(
        part: &Path,
        ownership: &Ownership,
        cancel: &CancellationToken,
    ) -> io::Result<Self> {
        let (mut seen, mut binaries) = (HashSet::new(), Vec::new());
        for entry in WalkDir::new(part).sort_by_file_name() {
            cancellation::check(cancel)?;
            let Ok(entry) = entry else { continue };
            let Some(metadata) = entry.metadata().ok().filter(Metadata::is_file) else { continue };
            let Ok(relative) = entry.path().strip_prefix(part) else { continue };
            let writable = ownership.of(relative, metadata.mode()).mode & 0o200 != 0;
            if !writable || !seen.insert((metadata.dev(), metadata.ino())) {
                continue;
            }
            match kind(entry.path(), cancel) {
                Ok(Some(kind)) => {
                    let mut path = OsString::from("./");
                    path.push(relative);
                    binaries.push((kind, path));
                }
                Err(error) if is_cancelled(&error) => return Err(error),
                Ok(None) | Err(_) => {}
            }
        }
        Ok(Self(binaries))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of one kind.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &OsString> {
        self.0.iter().filter(move |(k, _)| *k == kind).map(|(_, path)| path)
    }
}

/// The kind of a file, by its first bytes.
fn kind(path: &Path, cancel: &CancellationToken) -> io::Result<Option<Kind>> {
    let mut file = File::open(path)?;
    let mut magic = [0; 8];
    if file.read_exact(&mut magic).is_err() {
        return Ok(None);
    }
    if magic == *b"!<arch>\n" {
        return members(&mut file, cancel);
    }
    file.rewind()?;
    Ok(match elf_type(&mut file) {
        Some(ET_EXEC) => Some(Kind::Program),
        Some(ET_DYN) => Some(Kind::Shared),
        Some(ET_REL) if path.extension() == Some("ko".as_ref()) => Some(Kind::Shared),
        _ => None,
    })
}

const ET_REL: u16 = 1;
const ET_EXEC: u16 = 2;
const ET_DYN: u16 = 3;

/// The type of an object that begins here, if it is an ELF one.
fn elf_type(file: &mut File) -> Option<u16> {
    let mut head = [0; 18];
    file.read_exact(&mut head).ok()?;
    if !head.starts_with(b"\x7fELF") {
        return None;
    }
    let field = [head[16], head[17]];
    // EI_DATA: the byte order.
    Some(if head[5] == 2 { u16::from_be_bytes(field) } else { u16::from_le_bytes(field) })
}

/// What the members of an archive make of it: makepkg goes by the first of these kinds that any of
/// them is of.
fn members(file: &mut File, cancel: &CancellationToken) -> io::Result<Option<Kind>> {
    let length = file.metadata()?.len();
    let (mut at, mut found) = (8, HashSet::new());
    let mut header = [0; 60];
    while at + 60 <= length {
        cancellation::check(cancel)?;
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut header)?;
        let size = std::str::from_utf8(&header[48..58]).ok().and_then(|s| s.trim().parse().ok());
        let Some(size) = size.filter(|size: &u64| *size <= length) else { break };
        found.extend(elf_type(file));
        // Members begin at even offsets.
        at += 60 + size + size % 2;
    }
    Ok([(ET_DYN, Kind::Shared), (ET_EXEC, Kind::Program), (ET_REL, Kind::Static)]
        .into_iter()
        .find_map(|(elf, kind)| found.contains(&elf).then_some(kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_are_told_by_their_content_and_taken_once() {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo 'int main(void){return 0;}' >m.c && cc -c m.c -o m.o && cc m.o -o pie && \
                      cc -no-pie m.o -o exec && cc -shared m.o -o lib.so && ar rc lib.a m.o && \
                      cp m.o mod.ko && ln pie twin && cp pie closed && chmod 444 closed && \
                      ln -s pie link && echo text >text && ar rc empty.a";
        let made =
            std::process::Command::new("sh").args(["-ec", script]).current_dir(&folder).status();
        assert!(made.unwrap().success());
        let binaries =
            Binaries::of(folder.path(), &Ownership::default(), &CancellationToken::new());
        let binaries = binaries.unwrap();
        let of = |kind| binaries.of_kind(kind).map(|p| p.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(of(Kind::Program), ["./exec"]);
        assert_eq!(of(Kind::Shared), ["./lib.so", "./mod.ko", "./pie"]);
        assert_eq!(of(Kind::Static), ["./lib.a"]);
    }
}
