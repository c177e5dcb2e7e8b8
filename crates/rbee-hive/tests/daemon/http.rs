//! As much of HTTP as the tests need, over whatever carries bytes.

use std::io::{Read, Write};

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Sends a request, and reads all of the answer. The stream is at its end then.
pub(crate) fn ask(
    mut stream: impl Read + Write,
    request: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let length = body.len().to_string();
    let sent = [("Content-Type", "application/json"), ("Content-Length", &length)];
    let sent = if body.is_empty() { &[][..] } else { &sent };
    let headers = headers.iter().chain(sent).map(|(name, value)| format!("{name}: {value}\r\n"));
    let headers: String = headers.collect();
    let text = format!("{request} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n{body}");
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}
