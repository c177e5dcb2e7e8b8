//! Watches one job many times at once, and checks that each watcher sees every event, in order, up
//! to the only `ended` one. The load that `make bench` puts on a daemon.
//!
//! ```text
//! watchers ADDRESS:PORT JOB COUNT
//! ```
//!
//! Prints `COUNT watchers, EVENTS events each, BYTES bytes, SECONDS s`, or what one of them missed.

#![expect(clippy::print_stdout, reason = "it is what the bench reads")]

use std::{error::Error, time::Instant};

use memchr::memmem;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

/// What one watcher saw.
#[derive(Debug, Default)]
struct Seen {
    last: u64,
    ended: u32,
    bytes: u64,
}

impl Seen {
    /// Takes one frame of the stream, without the empty line after it.
    fn take(&mut self, frame: &[u8]) -> Result<(), String> {
        let Some(rest) = frame.strip_prefix(b"id: ") else { return Ok(()) };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
        let number = digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        if number != self.last + 1 {
            return Err(format!("event {number} came after {}", self.last));
        }
        if self.ended > 0 {
            return Err(format!("event {number} came after the end"));
        }
        self.last = number;
        self.ended += u32::from(memmem::find(frame, b"\nevent: ended\n").is_some());
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: watchers ADDRESS:PORT JOB COUNT");
    let (address, job, count) = (next()?, next()?, next()?.parse::<usize>()?);
    let began = Instant::now();
    let mut watchers = JoinSet::new();
    for _ in 0..count {
        watchers.spawn(watch(address.clone(), job.clone()));
    }
    let (mut bytes, mut events) = (0, None);
    while let Some(watcher) = watchers.join_next().await {
        let seen = watcher??;
        bytes += seen.bytes;
        if *events.get_or_insert(seen.last) != seen.last {
            return Err(format!("one watcher saw {} events, another {events:?}", seen.last).into());
        }
    }
    let (events, took) = (events.unwrap_or_default(), began.elapsed().as_secs_f64());
    println!("{count} watchers, {events} events each, {bytes} bytes, {took:.3} s");
    Ok(())
}

/// Watches the job from its first event. HTTP/1.0, so that the body is the stream as it is.
async fn watch(address: String, job: String) -> Result<Seen, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(&address).await.map_err(failed)?;
    let request = format!("GET /v1/jobs/{job}/stream HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let (mut seen, mut buffer) = (Seen::default(), Vec::with_capacity(64 << 10));
    let mut in_body = false;
    loop {
        let read = stream.read_buf(&mut buffer).await.map_err(failed)?;
        if read == 0 {
            break;
        }
        seen.bytes += read as u64;
        let mut done = 0;
        if !in_body {
            let Some(end) = memmem::find(&buffer, b"\r\n\r\n") else { continue };
            if !buffer.starts_with(b"HTTP/1.0 200") {
                return Err(String::from_utf8_lossy(&buffer).into_owned());
            }
            (in_body, done) = (true, end + 4);
        }
        while let Some(length) = memmem::find(&buffer[done..], b"\n\n") {
            seen.take(&buffer[done..=done + length])?;
            done += length + 2;
        }
        buffer.drain(..done);
    }
    match seen.ended {
        1 => Ok(seen),
        ended => Err(format!("the stream closed after event {} with {ended} ends", seen.last)),
    }
}
