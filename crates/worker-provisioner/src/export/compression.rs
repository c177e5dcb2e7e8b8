use std::{
    io::{self, Write},
    thread,
};

use liblzma::stream::{Check, MtStreamBuilder};

/// How a package file is compressed, by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suffix {
    None,
    Zstd,
    Xz,
    Gzip,
    Bzip2,
}

/// What each program takes without being asked.
const ZSTD_LEVEL: i32 = 3;
const XZ_LEVEL: u32 = 6;

impl Suffix {
    /// The one that a file of this name has.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let (_, suffix) = name.rsplit_once(".pkg.tar")?;
        Some(match suffix {
            "" => Self::None,
            ".zst" => Self::Zstd,
            ".xz" => Self::Xz,
            ".gz" => Self::Gzip,
            ".bz2" => Self::Bzip2,
            _ => return None,
        })
    }

    /// Compresses into `output` what `write` writes. The same bytes come out on every machine:
    /// where threads share the work, it is cut into the same pieces however many they are.
    ///
    /// # Errors
    /// What `write` or `output` fail with.
    pub(super) fn compress<W: Write, T>(
        self,
        output: W,
        write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> io::Result<(W, T)> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        self.compress_on(threads.try_into().unwrap_or(1), output, write)
    }

    fn compress_on<W: Write, T>(
        self,
        threads: u32,
        output: W,
        write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> io::Result<(W, T)> {
        match self {
            Self::None => {
                let mut output = output;
                let done = write(&mut output)?;
                Ok((output, done))
            }
            Self::Zstd => {
                let mut encoder = zstd::Encoder::new(output, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                encoder.multithread(threads)?;
                let done = write(&mut encoder)?;
                Ok((encoder.finish()?, done))
            }
            Self::Xz => {
                let mut stream = MtStreamBuilder::new();
                let stream = stream.threads(threads).preset(XZ_LEVEL).check(Check::Crc64);
                let stream = stream.encoder().map_err(io::Error::from)?;
                let mut encoder = liblzma::write::XzEncoder::new_stream(output, stream);
                let done = write(&mut encoder)?;
                Ok((encoder.finish()?, done))
            }
            Self::Gzip => {
                let level = flate2::Compression::default();
                let mut encoder = flate2::GzBuilder::new().mtime(0).write(output, level);
                let done = write(&mut encoder)?;
                Ok((encoder.finish()?, done))
            }
            Self::Bzip2 => {
                let mut encoder = bzip2::write::BzEncoder::new(output, bzip2::Compression::best());
                let done = write(&mut encoder)?;
                Ok((encoder.finish()?, done))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_how_the_file_is_compressed() {
        for (name, suffix) in [
            ("x-1-1-any.pkg.tar.zst", Some(Suffix::Zstd)),
            ("x.pkg.tar", Some(Suffix::None)),
            (".pkg.tar.xz", Some(Suffix::Xz)),
            ("x.pkg.tar.lrz", None),
            ("x.tar.zst", None),
            ("x.pkg.tarx", None),
        ] {
            assert_eq!(Suffix::of(name), suffix, "{name}");
        }
    }

    #[test]
    fn the_same_bytes_come_out_whatever_the_number_of_threads() {
        // Two pieces for zstd; the others would take too long for so many.
        let bytes: Vec<u8> = (0..3_000_000_u32).flat_map(|n| (n / 9).to_le_bytes()).collect();
        for (suffix, length) in [(Suffix::Zstd, bytes.len()), (Suffix::Xz, 99_999)] {
            let bytes = &bytes[..length];
            let on = |threads, piece| {
                let write = |to: &mut dyn Write| {
                    bytes.chunks(piece).try_for_each(|piece| to.write_all(piece))
                };
                suffix.compress_on(threads, Vec::new(), write).unwrap().0
            };
            let first = on(1, 1 << 16);
            assert!(first.len() < bytes.len());
            assert!(first == on(4, 1 << 16) && first == on(3, 12345), "{suffix:?}");
        }
    }
}
