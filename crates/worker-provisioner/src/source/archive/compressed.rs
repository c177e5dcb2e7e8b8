use std::io::{self, Read};

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    Lz4,
}

/// What a decoder may take: as much as `xz -9` and `zstd --ultra` files need, and no more.
const MEMORY: u64 = 1 << 30;

impl Compression {
    /// By the first bytes.
    pub(crate) fn detect(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            _ => Self::None,
        }
    }

    /// The file names of a single compressed file; makepkg decompresses nothing else.
    pub(crate) fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::Gzip => &[".gz", ".z"],
            Self::Bzip2 => &[".bz2", ".bz"],
            Self::Xz => &[".xz"],
            Self::Zstd => &[".zst"],
            Self::Lz4 => &[".lz4"],
        }
    }

    /// Decompresses all the frames or members that follow each other.
    pub(crate) fn reader<'a>(self, input: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::None => Box::new(input),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(input)),
            Self::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(input)),
            Self::Xz => {
                let stream = liblzma::stream::Stream::new_stream_decoder(
                    MEMORY,
                    liblzma::stream::CONCATENATED,
                )?;
                Box::new(liblzma::read::XzDecoder::new_stream(input, stream))
            }
            Self::Zstd => Box::new(zstd::Decoder::new(input)?),
            Self::Lz4 => Box::new(Lz4(lz4_flex::frame::FrameDecoder::new(input))),
        })
    }
}

/// The decoder ends at the end of each frame, and goes on when it is asked again.
struct Lz4<R: Read>(lz4_flex::frame::FrameDecoder<R>);

impl<R: Read> Read for Lz4<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => self.0.read(buffer),
            read => Ok(read),
        }
    }
}
