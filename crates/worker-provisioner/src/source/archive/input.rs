use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::sync::CancellationToken;

use crate::cancellation;

/// A source's bytes: a position of its own over a shared handle, that stops when it is cancelled and
/// tells how far it got.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    file: Arc<File>,
    size: u64,
    position: u64,
    read: Arc<AtomicU64>,
    cancel: CancellationToken,
}

impl Input {
    /// Bytes read are added to `read`.
    pub(crate) fn new(
        file: Arc<File>,
        size: u64,
        read: Arc<AtomicU64>,
        cancel: CancellationToken,
    ) -> Self {
        Self { file, size, position: 0, read, cancel }
    }

    /// The same from the first byte, not counted.
    pub(super) fn rewound(&self) -> Self {
        Self { position: 0, read: Arc::default(), ..self.clone() }
    }

    /// Fails once cancelled.
    pub(super) fn check(&self) -> io::Result<()> {
        cancellation::check(&self.cancel)
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        let read = self.file.read_at(buffer, self.position)?;
        self.position += read as u64;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position =
            position.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "seek before 0"))?;
        Ok(self.position)
    }
}
