/// Bytes on their way to become lines.
///
/// A line ends at a newline or a carriage return, with which programs draw progress over the line
/// before; it is cut at [`Lines::LONGEST`] bytes, so that a program that never ends its line cannot
/// fill the memory. Bytes that are not UTF-8 become U+FFFD.
#[derive(Debug, Default)]
pub(super) struct Lines {
    partial: Vec<u8>,
    /// The last byte was a carriage return that ended a line: a newline after it ends none.
    returned: bool,
}

impl Lines {
    pub(super) const LONGEST: usize = 16 * 1024;

    pub(super) fn push(&mut self, mut bytes: &[u8], emit: &mut dyn FnMut(String)) {
        while let Some(end) = bytes.iter().position(|b| matches!(b, b'\n' | b'\r')) {
            let returned = std::mem::replace(&mut self.returned, bytes[end] == b'\r');
            self.extend(&bytes[..end], emit);
            if !(bytes[end] == b'\n' && returned && end == 0) {
                self.emit(emit);
            }
            bytes = &bytes[end + 1..];
        }
        if !bytes.is_empty() {
            self.returned = false;
            self.extend(bytes, emit);
        }
    }

    /// Emits what has no end.
    pub(super) fn finish(&mut self, emit: &mut dyn FnMut(String)) {
        if !self.partial.is_empty() {
            self.emit(emit);
        }
    }

    fn extend(&mut self, mut bytes: &[u8], emit: &mut dyn FnMut(String)) {
        while self.partial.len() + bytes.len() > Self::LONGEST {
            let (now, later) = bytes.split_at(Self::LONGEST - self.partial.len());
            self.partial.extend_from_slice(now);
            self.emit(emit);
            bytes = later;
        }
        self.partial.extend_from_slice(bytes);
    }

    fn emit(&mut self, emit: &mut dyn FnMut(String)) {
        emit(String::from_utf8_lossy(&self.partial).into_owned());
        self.partial.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(piece, &mut |line| out.push(line));
        }
        lines.finish(&mut |line| out.push(line));
        out
    }

    #[test]
    fn lines_end_at_newlines_and_carriage_returns() {
        assert_eq!(lines(&[b"a\nb\r\nc\rd"]), ["a", "b", "c", "d"]);
        assert_eq!(lines(&[b"a\r", b"\nb", b"\n", b"\n"]), ["a", "b", ""]);
    }

    #[test]
    fn a_line_without_end_is_cut_and_bad_bytes_are_replaced() {
        let long = vec![b'x'; Lines::LONGEST * 2 + 5];
        let lengths: Vec<_> = lines(&[&long]).iter().map(String::len).collect();
        assert_eq!(lengths, [Lines::LONGEST, Lines::LONGEST, 5]);
        assert_eq!(lines(&[b"\xff\n"]), ["\u{fffd}"]);
    }
}
