use std::{
    io,
    path::{Path, PathBuf},
};

use fs_err::{File, os::unix::fs::FileExt as _};

use super::{
    Event, LoggedEvent,
    frame::{END, find, find_last, number_of, parse_frames},
    tail::last_frame,
};

/// As much is read to find where a frame begins.
const PROBE: usize = 4 * 1024;
/// In so little, frames are looked at one after the other.
const NEAR: u64 = 64 * 1024;

/// Reads a job's log from any number on, while it is written or after, in this or any process.
#[derive(Debug)]
pub struct JobLogReader {
    path: PathBuf,
    /// None as long as the job has not written anything.
    file: Option<File>,
    offset: u64,
}

impl JobLogReader {
    /// A reader at the beginning of the log at this path, which need not be there yet.
    pub fn open(path: &Path) -> Self {
        Self { path: path.to_owned(), file: None, offset: 0 }
    }

    /// Where in the file the next read begins: always at a frame.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Goes to where the next read begins with the event after this number. If there is no such
    /// event yet, that is the end of what is there.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn after(&mut self, number: u64) -> io::Result<()> {
        self.offset = 0;
        let length = self.length()?;
        let Some(file) = &self.file else { return Ok(()) };
        let (mut low, mut high) = (0, length);
        while number > 0 && high - low > NEAR {
            let middle = low + (high - low) / 2;
            match frame_from(file, middle, high)? {
                Some((start, found)) if found <= number => low = start,
                _ => high = middle,
            }
        }
        self.offset = low;
        self.skip_to(number)
    }

    /// The next whole frames, together as many as fit into `limit` bytes, but one at least. Empty
    /// if there is none yet.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let available = self.length()?.saturating_sub(self.offset);
        let Some(file) = &self.file else { return Ok(Vec::new()) };
        let available = usize::try_from(available).unwrap_or(usize::MAX);
        let mut size = limit.min(available);
        loop {
            let mut bytes = vec![0; size];
            file.read_exact_at(&mut bytes, self.offset)?;
            if let Some(last) = find_last(&bytes) {
                bytes.truncate(last + END.len());
                self.offset += bytes.len() as u64;
                return Ok(bytes);
            }
            if size == available {
                return Ok(Vec::new());
            }
            size = size.saturating_mul(2).max(PROBE).min(available);
        }
    }

    /// The last event that is there, wherever this reader is.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn last(&mut self) -> io::Result<Option<LoggedEvent>> {
        let length = self.length()?;
        let Some(file) = &self.file else { return Ok(None) };
        let Some(last) = last_frame(file, length)? else { return Ok(None) };
        // One that cannot be understood has a number all the same.
        let unknown = || LoggedEvent {
            number: last.number,
            at: jiff::Timestamp::UNIX_EPOCH,
            event: Event::Unknown,
        };
        Ok(Some(parse_frames(&last.bytes).next().unwrap_or_else(unknown)))
    }

    /// The whole frames in the last `size` bytes, wherever this reader is.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn tail(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let length = self.length()?;
        let Some(file) = &self.file else { return Ok(Vec::new()) };
        let from = length.saturating_sub(size);
        let mut bytes = vec![0; usize::try_from(length - from).unwrap_or_default()];
        file.read_exact_at(&mut bytes, from)?;
        bytes.truncate(find_last(&bytes).map_or(0, |last| last + END.len()));
        if from > 0 {
            let begin = find(&bytes).map_or(bytes.len(), |end| end + END.len());
            bytes.drain(..begin);
        }
        Ok(bytes)
    }

    fn length(&mut self) -> io::Result<u64> {
        if self.file.is_none() {
            match File::open(&self.path) {
                Ok(file) => self.file = Some(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        self.file.as_ref().map_or(Ok(0), |file| Ok(file.metadata()?.len()))
    }

    /// Passes frame by frame over those that have this number or a lower one.
    fn skip_to(&mut self, number: u64) -> io::Result<()> {
        loop {
            let from = self.offset;
            let bytes = self.read(usize::try_from(NEAR).unwrap_or(usize::MAX))?;
            let mut passed = 0;
            while let Some(end) = find(&bytes[passed..]) {
                if number_of(&bytes[passed..]).is_some_and(|found| found > number) {
                    self.offset = from + passed as u64;
                    return Ok(());
                }
                passed += end + END.len();
            }
            if bytes.is_empty() {
                return Ok(());
            }
        }
    }
}

/// The first frame that begins after this place and before `high`, and its number.
fn frame_from(file: &File, place: u64, high: u64) -> io::Result<Option<(u64, u64)>> {
    let mut size = PROBE;
    loop {
        let there = usize::try_from(high - place).unwrap_or(usize::MAX);
        size = size.min(there);
        let mut bytes = vec![0; size];
        file.read_exact_at(&mut bytes, place)?;
        if let Some(end) = find(&bytes) {
            let start = end + END.len();
            if let Some(number) = number_of(&bytes[start..]) {
                return Ok(Some((place + start as u64, number)));
            }
        }
        if size == there {
            return Ok(None);
        }
        size *= 2;
    }
}
