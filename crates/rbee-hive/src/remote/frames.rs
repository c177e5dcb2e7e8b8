//! The frames of an event stream.
//!
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>

/// A line that is longer is none of ours.
const LONGEST: usize = 64 << 20;

/// One event as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// The last id of the stream so far.
    pub(super) id: String,
    /// The data, its lines joined.
    pub(super) data: String,
}

/// Takes the bytes of a stream, in whatever pieces, and gives its frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    line: Vec<u8>,
    /// Whether the last byte was the CR of a line that a LF may still belong to.
    after_cr: bool,
    begun: bool,
    id: String,
    data: Option<String>,
}

/// A line that no event of ours can have.
#[derive(Debug)]
pub(super) struct TooLong;

impl Frames {
    /// The frames that end in these bytes.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Result<Vec<Frame>, TooLong> {
        let mut frames = Vec::new();
        if std::mem::take(&mut self.after_cr) {
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.line.extend_from_slice(&bytes[..end]);
            let is_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            if is_cr {
                self.after_cr = bytes.is_empty();
                bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
            }
            frames.extend(self.end_line());
        }
        self.line.extend_from_slice(bytes);
        if self.line.len() > LONGEST { Err(TooLong) } else { Ok(frames) }
    }

    fn end_line(&mut self) -> Option<Frame> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let first = !std::mem::replace(&mut self.begun, true);
        let line = if first { line.strip_prefix('\u{feff}').unwrap_or(&line) } else { &line };
        if line.is_empty() {
            let data = self.data.take()?;
            return Some(Frame { id: self.id.clone(), data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            // A comment begins with a colon: its field has no name. What an event is, its data says,
            // and when to come again, we decide.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut parser = Frames::default();
        let frames = pieces.iter().flat_map(|piece| parser.feed(piece).unwrap());
        frames.map(|frame| (frame.id, frame.data)).collect()
    }

    fn pair(id: &str, data: &str) -> (String, String) {
        (id.to_owned(), data.to_owned())
    }

    #[test]
    fn a_stream_gives_the_same_frames_however_it_is_cut() {
        let stream = "\u{feff}retry: 1000\n: hello\n\nid: 1\nevent: output\ndata: {\"ä\":1}\n\n\
                      id:2\r\ndata:a\r\ndata\r\ndata: b\r\n\r\nid: 3\rdata: c\r\r: alive\n\n"
            .as_bytes();
        let expected = [pair("1", "{\"ä\":1}"), pair("2", "a\n\nb"), pair("3", "c")];
        assert_eq!(frames(&[stream]), expected);
        for at in 0..stream.len() {
            let (one, two) = stream.split_at(at);
            assert_eq!(frames(&[one, two]), expected, "cut at {at}");
        }
        let bytes: Vec<_> = stream.chunks(1).collect();
        assert_eq!(frames(&bytes), expected);
    }

    #[test]
    fn a_frame_that_was_cut_off_is_none() {
        assert_eq!(frames(&[b"id: 1\ndata: a\n\nid: 2\ndata: b\n"]), [pair("1", "a")]);
    }

    #[test]
    fn an_id_stays_until_there_is_another_and_odd_fields_are_nothing() {
        assert_eq!(
            frames(&[b"id: 7\n\ndata: a\n\nid: x\0y\nwhat: z\nretry: soon\ndata: b\n\n"]),
            [pair("7", "a"), pair("7", "b")]
        );
    }
}
