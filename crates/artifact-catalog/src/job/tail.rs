use std::io;

use fs_err::{File, os::unix::fs::FileExt as _};

use super::frame::{END, find_last, number_of};

/// As much is read at once, from the end backwards.
const BLOCK: u64 = 16 * 1024;

/// The last whole frame of a log.
#[derive(Debug)]
pub(super) struct Last {
    pub(super) number: u64,
    /// The frame itself, with its end.
    pub(super) bytes: Vec<u8>,
    /// Where the frame ends.
    pub(super) end: u64,
}

/// The last whole frame in the first `length` bytes of a file: not what comes after it, which a
/// crash has left or somebody is just writing.
pub(super) fn last_frame(file: &File, length: u64) -> io::Result<Option<Last>> {
    let mut start = length;
    // From `start` to the last end that may be one.
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        while let Some(last) = find_last(&bytes) {
            let end = last + END.len();
            let begin = match find_last(&bytes[..=last]) {
                Some(before) => before + END.len(),
                None if start == 0 => 0,
                // It begins before what has been read.
                None => break,
            };
            if let Some(number) = number_of(&bytes[begin..end]) {
                let bytes = bytes[begin..end].to_vec();
                return Ok(Some(Last { number, bytes, end: start + end as u64 }));
            }
            bytes.truncate(end - 1);
        }
        if start == 0 {
            return Ok(None);
        }
        let from = start.saturating_sub(BLOCK);
        let mut block = vec![0; usize::try_from(start - from).unwrap_or_default()];
        file.read_exact_at(&mut block, from)?;
        block.append(&mut bytes);
        (bytes, start) = (block, from);
    }
}
