use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

use tokio_util::sync::CancellationToken;

use crate::source::{
    SourceError,
    blocking::blocking,
    digest::{Digests, MultiHasher},
    sums::Algorithm,
};

/// A partial file on the disk, and the state of its sums up to its end.
pub(super) struct Part {
    file: File,
    hasher: MultiHasher,
    wanted: Vec<Algorithm>,
    written: u64,
}

impl Part {
    /// Opens what an earlier attempt left, and hashes it: the only time that it is read.
    pub(super) async fn open(
        path: &Path,
        wanted: Vec<Algorithm>,
        cancel: &CancellationToken,
    ) -> Result<Self, SourceError> {
        let path = path.to_owned();
        let cancel = cancel.clone();
        blocking(move || {
            let file = fs_err::OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)?
                .into_file();
            let mut part = Self { file, hasher: MultiHasher::new(&wanted), wanted, written: 0 };
            part.read_back(&cancel).map(|done| done.then_some(part))
        })
        .await
        .map_err(SourceError::io("open a partial download"))?
        .ok_or(SourceError::Cancelled)
    }

    fn read_back(&mut self, cancel: &CancellationToken) -> io::Result<bool> {
        use std::io::Read;
        let mut buffer = vec![0; 1 << 20];
        loop {
            if cancel.is_cancelled() {
                return Ok(false);
            }
            match self.file.read(&mut buffer) {
                Ok(0) => return Ok(true),
                Ok(read) => {
                    self.hasher.update(&buffer[..read]);
                    self.written += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Bytes that are there.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Forgets what is there.
    pub(super) fn restart(&mut self) -> io::Result<()> {
        if self.written > 0 {
            self.file.set_len(0)?;
            self.file.seek(SeekFrom::Start(0))?;
            self.hasher = MultiHasher::new(&self.wanted);
            self.written = 0;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Digests {
        self.hasher.finish()
    }
}
