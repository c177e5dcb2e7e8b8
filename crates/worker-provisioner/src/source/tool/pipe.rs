use std::{
    io::{self, Read},
    os::fd::{AsFd, BorrowedFd},
};

/// The reading end of a pipe, until it is closed.
pub(super) struct Pipe<R>(Option<R>);

impl<R: Read + AsFd> Pipe<R> {
    pub(super) fn new(pipe: Option<R>) -> io::Result<Self> {
        if let Some(pipe) = &pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(Self(pipe))
    }

    pub(super) fn closed(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.0.as_ref().map(AsFd::as_fd)
    }

    /// Reads once. An error closes it: there is nothing more to be had.
    pub(super) fn drain(&mut self, take: impl FnOnce(&[u8])) {
        let Some(pipe) = &mut self.0 else { return };
        let mut buffer = [0; 16 * 1024];
        match pipe.read(&mut buffer) {
            Ok(0) => self.0 = None,
            Ok(read) => take(&buffer[..read]),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => {}
                _ => self.0 = None,
            },
        }
    }
}

/// The last few kilobytes of a stream.
#[derive(Default)]
pub(super) struct Tail(Vec<u8>);

impl Tail {
    const KEEP: usize = 8 * 1024;

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        if self.0.len() > 2 * Self::KEEP {
            self.0.drain(..self.0.len() - Self::KEEP);
        }
    }

    pub(super) fn text(&self) -> String {
        let start = self.0.len().saturating_sub(Self::KEEP);
        String::from_utf8_lossy(&self.0[start..]).trim_end().to_owned()
    }
}
