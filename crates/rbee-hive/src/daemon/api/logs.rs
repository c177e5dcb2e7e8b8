//! The logs of jobs in memory, shared by all who watch.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use bytes::Bytes;
use rbee_hive_worker_catalog::JobId;

/// The most bytes of a piece, which does not reach across a multiple of this.
const BLOCK: u64 = 64 * 1024;

/// How many pieces stay in memory that nobody is being sent.
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

/// One log, read piece by piece. A piece that anybody still needs is read but once, so that a
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
    /// Where the one before ended: from there on, everybody who keeps up reads the same.
    before: u64,
    /// By where they begin.
    pieces: BTreeMap<u64, Weak<Piece>>,
    /// The pieces that were asked for last.
    kept: VecDeque<Arc<Piece>>,
}

/// A part of the file.
#[derive(Debug)]
struct Piece {
    start: u64,
    bytes: Vec<u8>,
}

/// What of a piece is sent; the piece lives as long.
struct Shared(Arc<Piece>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl Log {
    /// Some bytes from `offset` on, at most to the end of the last whole frame; empty if there is
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
        let piece = state.piece(offset).await?;
        drop(state);
        let start = index(offset - piece.start);
        Ok(Bytes::from_owner(Shared(piece)).slice(start..))
    }
}

impl Piece {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
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
            self.before = from;
        }
        Ok(())
    }

    /// A piece that has the byte at this place, which is before the end.
    async fn piece(&mut self, offset: u64) -> io::Result<Arc<Piece>> {
        let nearest = self.pieces.range(..=offset).next_back();
        let there = nearest.and_then(|(_, piece)| piece.upgrade());
        let piece = match (there.filter(|piece| piece.end() > offset), &self.file) {
            (Some(piece), _) => piece,
            (None, None) => return Err(io::ErrorKind::NotFound.into()),
            (None, Some(file)) => {
                let block = offset / BLOCK * BLOCK;
                // Who comes later reads whole blocks; who keeps up, only what is new.
                let start = if offset >= self.before { block.max(self.before) } else { block };
                let length = index(self.end.min(block + BLOCK) - start);
                let file = Arc::clone(file);
                let read = move || {
                    let mut bytes = vec![0; length];
                    file.read_exact_at(&mut bytes, start)?;
                    Ok(Arc::new(Piece { start, bytes }))
                };
                let piece = apart(read).await?;
                self.pieces.retain(|_, piece| piece.strong_count() > 0);
                self.pieces.insert(start, Arc::downgrade(&piece));
                piece
            }
        };
        self.kept.retain(|kept| !Arc::ptr_eq(kept, &piece));
        self.kept.push_back(Arc::clone(&piece));
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
        Ok(piece)
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

/// A length within a piece.
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
    async fn who_keeps_up_with_a_log_is_sent_what_is_new_and_shares_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        let log = open(&path);
        let mut file = fs_err::File::create(&path).unwrap();
        let (mut offset, mut sent) = (0, Vec::new());
        for number in 0..1000 {
            write!(file, "id: {number}\n\n").unwrap();
            let (one, other) = (log.read(offset).await.unwrap(), log.read(offset).await.unwrap());
            assert_eq!(one, format!("id: {number}\n\n"));
            assert_eq!(one.as_ptr(), other.as_ptr());
            offset += one.len() as u64;
            sent.push(one);
        }
        let pieces = &log.state.lock().await.pieces;
        let bytes: usize = pieces.values().filter_map(Weak::upgrade).map(|p| p.bytes.len()).sum();
        assert_eq!(bytes as u64, offset, "no byte is there twice");
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
