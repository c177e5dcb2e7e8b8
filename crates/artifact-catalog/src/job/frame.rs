use std::io::{self, Write as _};

use jiff::Timestamp;
use serde::Deserialize;

use super::Event;

/// What ends a frame. JSON of one line has no newline in it, so nothing else looks like it.
pub(super) const END: &[u8] = b"\n\n";

/// One event of a job's log.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LoggedEvent {
    /// Its place in the log: 1, 2, 3 and so on, without a gap.
    #[serde(skip)]
    pub number: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Appends an event as a frame of a `text/event-stream` (the HTML standard, 9.2.6).
pub(super) fn encode(number: u64, event: &Event, into: &mut Vec<u8>) -> io::Result<()> {
    let json = serde_json::to_vec(event)?;
    let (name, at) = (event.name(), Timestamp::now());
    write!(into, "id: {number}\nevent: {name}\ndata: {{\"at\":\"{at:.3}\",")?;
    into.extend_from_slice(json.get(1..).unwrap_or_default());
    into.extend_from_slice(END);
    Ok(())
}

/// The events of whole frames. One that cannot be understood at all is left out; one of a kind that
/// a later release writes is [`Event::Unknown`].
pub fn parse_frames(frames: &[u8]) -> impl Iterator<Item = LoggedEvent> {
    let mut rest = frames;
    std::iter::from_fn(move || {
        loop {
            let end = find(rest)?;
            let (frame, after) = rest.split_at(end + END.len());
            rest = after;
            if let Some(event) = decode(frame) {
                return Some(event);
            }
        }
    })
}

fn decode(frame: &[u8]) -> Option<LoggedEvent> {
    let number = number_of(frame)?;
    let mut lines = frame.split(|byte| *byte == b'\n');
    let data = lines.find_map(|line| line.strip_prefix(b"data: "))?;
    let event: LoggedEvent = serde_json::from_slice(data).ok()?;
    Some(LoggedEvent { number, ..event })
}

/// The number that a frame begins with; `None` if it is cut short before the number's end.
pub(super) fn number_of(frame: &[u8]) -> Option<u64> {
    let rest = frame.strip_prefix(b"id: ")?;
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    std::str::from_utf8(&rest[..end]).ok()?.parse().ok()
}

/// Where the first frame's end begins.
pub(super) fn find(bytes: &[u8]) -> Option<usize> {
    bytes.windows(END.len()).position(|pair| pair == END)
}

/// Where the last frame's end begins.
pub(super) fn find_last(bytes: &[u8]) -> Option<usize> {
    bytes.windows(END.len()).rposition(|pair| pair == END)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, Step, Stream};

    #[test]
    fn what_is_written_is_read_again() {
        let events = [
            Event::Waiting { reason: "for another".into() },
            Event::StepStarted { step: Step::Build },
            Event::Output { step: Step::Build, stream: Stream::Stderr, line: "a\n\nid: 7".into() },
            Event::Progress { step: Step::Build, done: 1, total: None },
            Event::Ended(Outcome::Cancelled),
        ];
        let mut bytes = Vec::new();
        for (number, event) in (1..).zip(&events) {
            encode(number, event, &mut bytes).unwrap();
        }
        assert!(bytes.starts_with(b"id: 1\nevent: waiting\ndata: {\"at\":\"2"));
        assert!(bytes.ends_with(b",\"type\":\"ended\",\"outcome\":\"cancelled\"}\n\n"));
        let read: Vec<_> = parse_frames(&bytes).collect();
        assert_eq!(read.iter().map(|e| e.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert!(read.iter().map(|e| &e.event).eq(&events));
    }

    #[test]
    fn an_event_of_a_later_release_does_not_stop_a_reader() {
        let text = "id: 1\nevent: new\ndata: {\"at\":\"2026-11-23T18:30:00Z\",\"type\":\"new\",\"x\":[1]}\n\n\
                    id: 2\nevent: odd\ndata: {\n\n\
                    id: 3\nevent: ended\ndata: {\"at\":\"2026-11-23T18:30:01Z\",\"type\":\"ended\",\"outcome\":\"cancelled\"}\n\n\
                    id: 4\nevent: torn";
        let read: Vec<_> = parse_frames(text.as_bytes()).map(|e| (e.number, e.event)).collect();
        assert_eq!(read, [(1, Event::Unknown), (3, Event::Ended(Outcome::Cancelled))]);
    }
}
