//! The logs of jobs in memory, shared by all who watch.

use std::{
    collections::{HashMap, VecDeque},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use bytes::Bytes;
use rbee_hive_worker_catalog::JobId;

/// The bytes of a block. A watcher has one at a time, or what of it is new.
const BLOCK: u64 = 64 * 1024;

/// How many blocks stay in memory that nobody is being sent.
const KEPT: usize = 16;

/// What ends a frame of an event stream.
const END: &[u8] = b"\n\n";

/// The logs that are being watched.
#[derive(Debug, Default)]
pub(crate) struct Logs(Mutex<HashMap<JobId, Weak<Log>>>);

impl Logs {
    /// The log of a job at this path; the same one for all who watch it at the same time.
    pub(super) fn open(&self, id: &JobId, path: &Path) -> Arc<Log> {
        let mut logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(log) = logs.get(id).and_then(Weak::upgrade) {
            return log;
        }
        logs.retain(|_, log| log.strong_count() > 0);
        let log = Arc::new(Log { path: path.to_owned(), state: tokio::sync::Mutex::default() });
        logs.insert(id.clone(), Arc::downgrade(&log));
        log
    }
}

/// One log, read block by block. A block that anybody still needs is read but once, so that a
/// thousand watchers take the memory of the log at most, however slow each of them is.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    state: tokio::sync::Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// None as long as the job has not written anything.
    file: Option<Arc<std::fs::File>>,
    /// Where the last whole frame ends that was seen.
    end: u64,
    blocks: HashMap<u64, Weak<Block>>,
    /// The blocks that were asked for last.
    kept: VecDeque<Arc<Block>>,
}

/// A part of the file that begins at a multiple of [`BLOCK`].
#[derive(Debug)]
struct Block {
    number: u64,
    bytes: Vec<u8>,
}

/// What of a block is sent; the block lives as long.
struct Shared(Arc<Block>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl Log {
    /// The bytes from `offset` to the end of its block or of the last whole frame; empty if there is
    /// nothing yet.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(super) async fn read(&self, offset: u64) -> io::Result<Bytes> {
        let mut state = self.state.lock().await;
        if offset >= state.end {
            state.look(&self.path).await?;
        }
        if offset >= state.end {
            return Ok(Bytes::new());
        }
        let number = offset / BLOCK;
        let start = number * BLOCK;
        let end = state.end.min(start + BLOCK);
        let block = state.block(number, index(end - start)).await?;
        drop(state);
        let range = index(offset - start)..index(end - start);
        Ok(Bytes::from_owner(Shared(block)).slice(range))
    }
}

impl State {
    /// Finds out where the last whole frame ends now.
    async fn look(&mut self, path: &Path) -> io::Result<()> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => match fs_err::File::open(path) {
                Ok(file) => Arc::clone(self.file.insert(Arc::new(file.into_parts().0))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(error),
            },
        };
        let (from, length) = (self.end, file.metadata()?.len());
        if length > from {
            self.end = apart(move || whole(&file, from, length)).await?;
        }
        Ok(())
    }

    /// A block with at least so many bytes.
    async fn block(&mut self, number: u64, length: usize) -> io::Result<Arc<Block>> {
        let there = self.blocks.get(&number).and_then(Weak::upgrade);
        let block = match (there.filter(|block| block.bytes.len() >= length), &self.file) {
            (Some(block), _) => block,
            (None, None) => return Err(io::ErrorKind::NotFound.into()),
            (None, Some(file)) => {
                let file = Arc::clone(file);
                let read = move || {
                    let mut bytes = vec![0; length];
                    file.read_exact_at(&mut bytes, number * BLOCK)?;
                    Ok(Arc::new(Block { number, bytes }))
                };
                let block = apart(read).await?;
                self.blocks.retain(|_, block| block.strong_count() > 0);
                self.blocks.insert(number, Arc::downgrade(&block));
                block
            }
        };
        self.kept.retain(|kept| kept.number != number);
        self.kept.push_back(Arc::clone(&block));
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
        Ok(block)
    }
}

/// Where the last whole frame ends between `from`, where one ends, and `length`.
fn whole(file: &std::fs::File, from: u64, length: u64) -> io::Result<u64> {
    let mut high = length;
    while high > from {
        let low = high.saturating_sub(BLOCK).max(from);
        let mut bytes = vec![0; index(high - low)];
        file.read_exact_at(&mut bytes, low)?;
        if let Some(last) = bytes.windows(END.len()).rposition(|pair| pair == END) {
            return Ok(low + (last + END.len()) as u64);
        }
        if low == from {
            break;
        }
        // What ends a frame may lie across.
        high = low + 1;
    }
    Ok(from)
}

/// Does what may have to wait for the disk.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// A length within a block.
fn index(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    async fn all(log: &Log, mut offset: u64) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let bytes = log.read(offset).await.unwrap();
            if bytes.is_empty() {
                return all;
            }
            offset += bytes.len() as u64;
            all.extend_from_slice(&bytes);
        }
    }

    fn open(path: &Path) -> Arc<Log> {
        Logs::default().open(&"job-1".parse().unwrap(), path)
    }

    #[tokio::test]
    async fn a_log_is_read_as_it_grows_and_in_whole_frames() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        let log = open(&path);
        assert_eq!(log.read(0).await.unwrap(), "");
        let mut file = fs_err::File::create(&path).unwrap();
        file.write_all(b"id: 1\n\nid: 2\n").unwrap();
        assert_eq!(all(&log, 0).await, b"id: 1\n\n");
        file.write_all(b"\nid: 3\n\n").unwrap();
        assert_eq!(all(&log, 7).await, b"id: 2\n\nid: 3\n\n");
    }

    #[tokio::test]
    async fn a_log_of_many_blocks_comes_whole_from_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        let mut text = Vec::new();
        for number in 1..20_000 {
            write!(text, "id: {number}\ndata: {}\n\n", "x".repeat(number % 50)).unwrap();
        }
        // One that is longer than two blocks, and one that is not whole.
        write!(text, "id: 20000\ndata: {}\n\nid: 20001", "y".repeat(150_000)).unwrap();
        fs_err::write(&path, &text).unwrap();
        text.truncate(text.len() - "id: 20001".len());
        let log = open(&path);
        for offset in [0, 1, 65_535, 65_536, 200_000, text.len() - 1] {
            assert!(all(&log, offset as u64).await == text[offset..], "from {offset}");
        }
    }

    #[tokio::test]
    async fn what_somebody_is_being_sent_is_not_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        fs_err::write(&path, "id: 1\n\n".repeat(500_000)).unwrap();
        let log = open(&path);
        let first = log.read(0).await.unwrap();
        all(&log, 0).await;
        assert_eq!(log.read(0).await.unwrap().as_ptr(), first.as_ptr());
        assert!(log.state.lock().await.kept.len() <= KEPT);
    }
}
