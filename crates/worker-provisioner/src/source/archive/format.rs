use std::io::{self, Read};

use super::{Compression, Input};

/// What bsdtar would unpack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A tar of any dialect.
    Tar(Compression),
    /// Also a wheel and a jar.
    Zip,
    /// The archive of `ar`, for example a deb.
    Ar,
}

/// What a file holds, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Members.
    Archive(Format),
    /// One compressed file.
    Compressed(Compression),
    /// Something else.
    Plain,
}

const BLOCK: usize = 512;

/// The content of a compressed file, as far as its first bytes tell that it is one.
pub(crate) fn decompressed(mut input: Input) -> io::Result<Box<dyn Read>> {
    let mut head = [0; BLOCK];
    let length = fill(&mut input, &mut head)?;
    Compression::detect(&head[..length]).reader(input.rewound())
}

impl Holds {
    /// Looks at the beginning. One that cannot be decompressed is still a compressed file: if it is named
    /// like one, unpacking it fails, as it does for makepkg.
    pub(crate) fn detect(mut input: Input) -> io::Result<Self> {
        let mut head = [0; BLOCK];
        let length = fill(&mut input, &mut head)?;
        let head = &head[..length];
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Ok(Self::Archive(Format::Zip));
        }
        if head.starts_with(b"!<arch>\n") {
            return Ok(Self::Archive(Format::Ar));
        }
        let compression = Compression::detect(head);
        if compression == Compression::None {
            return Ok(if is_tar(head) {
                Self::Archive(Format::Tar(compression))
            } else {
                Self::Plain
            });
        }
        let mut inner = [0; BLOCK];
        let from_start = input.rewound();
        let length =
            compression.reader(from_start).and_then(|mut inside| fill(&mut inside, &mut inner));
        Ok(match length {
            Ok(length) if is_tar(&inner[..length]) => Self::Archive(Format::Tar(compression)),
            Err(error) if super::is_cancelled(&error) => return Err(error),
            Ok(_) | Err(_) => Self::Compressed(compression),
        })
    }
}

/// Whether it is a tar's first header: its checksum fits (POSIX ustar, "Header Block").
///
/// An archive without members, all zeros, is left as it is.
fn is_tar(block: &[u8]) -> bool {
    if block.len() < BLOCK || block[0] == 0 {
        return false;
    }
    let field = &block[148..156];
    let digits = field.iter().skip_while(|b| **b == b' ').take_while(|b| (b'0'..=b'7').contains(b));
    let mut stored = None;
    for digit in digits {
        stored = Some(stored.unwrap_or(0) * 8 + i64::from(digit - b'0'));
    }
    let rest = || block[..148].iter().chain(&block[156..]);
    let spaces = 8 * i64::from(b' ');
    let unsigned: i64 = rest().map(|b| i64::from(*b)).sum();
    // Old programs summed signed bytes.
    let signed: i64 = rest().map(|b| i64::from(b.cast_signed())).sum();
    stored.is_some_and(|stored| stored == unsigned + spaces || stored == signed + spaces)
}

fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
