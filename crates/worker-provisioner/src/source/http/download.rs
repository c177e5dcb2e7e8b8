use std::time::Duration;

use reqwest::{
    Client, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, IF_RANGE, LAST_MODIFIED,
        RANGE, RETRY_AFTER,
    },
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    HttpFailure, Retry,
    part::Part,
    retry::{Attempts, retry_after},
};
use crate::source::{
    SourceError,
    blocking::blocking,
    cache::{Record, Slot, read_record, write_record},
    digest::Digests,
    sums::Algorithm,
};

/// One file on its way into its cache slot. Whoever runs it holds the slot's lock.
pub(in crate::source) struct Download<'a> {
    pub(in crate::source) client: &'a Client,
    pub(in crate::source) retry: &'a Retry,
    pub(in crate::source) url: &'a Url,
    pub(in crate::source) slot: &'a Slot,
    pub(in crate::source) wanted: Vec<Algorithm>,
    pub(in crate::source) progress: &'a (dyn Fn(u64, Option<u64>) + Sync),
    pub(in crate::source) warn: &'a (dyn Fn(String) + Sync),
    pub(in crate::source) cancel: &'a CancellationToken,
}

/// A download that is whole, as far as the server's word goes.
#[derive(Debug)]
pub(in crate::source) struct Downloaded {
    pub(in crate::source) digests: Digests,
    pub(in crate::source) record: Record,
    /// Its beginning is from an earlier run, so it may be that of another version of the file.
    pub(in crate::source) resumed: bool,
}

/// How one attempt ended, if not well.
enum Failure {
    /// The server or the network.
    Http(HttpFailure, Option<Duration>),
    /// The hive.
    Own(SourceError),
}

impl From<HttpFailure> for Failure {
    fn from(failure: HttpFailure) -> Self {
        Self::Http(failure, None)
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::Own(error)
    }
}

impl Download<'_> {
    /// Downloads into the slot's partial file, from where that ends.
    ///
    /// # Errors
    /// [`SourceError::Download`] when the server refuses, or after too many attempts.
    pub(in crate::source) async fn run(&self) -> Result<Downloaded, SourceError> {
        let mut record = read_record(&self.slot.part_record()).unwrap_or_default();
        let mut part = Part::open(&self.slot.part(), self.wanted.clone(), self.cancel).await?;
        if record.url != self.url.as_str() {
            record = Record { url: self.url.to_string(), ..Record::default() };
            part.restart().map_err(write)?;
        }
        let mut attempts = Attempts::new(self.retry, part.written());
        let mut resumed = part.written() > 0;
        loop {
            let ended;
            (part, ended) = self.attempt(part, &mut record, &mut resumed).await;
            let (failure, asked) = match ended {
                Ok(()) => return Ok(Downloaded { digests: part.finish(), record, resumed }),
                Err(Failure::Own(error)) => return Err(error),
                Err(Failure::Http(failure, asked)) => (failure, asked),
            };
            let pause = if failure.is_transient() {
                attempts.failed(part.written(), asked)
            } else {
                attempts.ended();
                None
            };
            let Some(pause) = pause else {
                return Err(SourceError::Download {
                    url: self.url.to_string(),
                    attempts: attempts.made(),
                    source: failure,
                });
            };
            (self.warn)(format!("{}: {failure}; trying again", self.url));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.cancel.cancelled() => return Err(SourceError::Cancelled),
            }
        }
    }

    async fn attempt(
        &self,
        mut part: Part,
        record: &mut Record,
        resumed: &mut bool,
    ) -> (Part, Result<(), Failure>) {
        let answer = self.ask(&mut part, record, resumed).await;
        match answer {
            Ok(response) => self.take(response, part, record.total).await,
            Err(failure) => (part, Err(failure)),
        }
    }

    /// Sends the request, and leaves `part` at the byte that the answer's body starts with.
    async fn ask(
        &self,
        part: &mut Part,
        record: &mut Record,
        resumed: &mut bool,
    ) -> Result<Response, Failure> {
        let mut request = self.client.get(self.url.clone()).header(ACCEPT_ENCODING, "identity");
        let have = part.written();
        if have > 0 {
            request = request.header(RANGE, format!("bytes={have}-"));
            if let Some(validator) = record.etag.as_ref().or(record.last_modified.as_ref()) {
                request = request.header(IF_RANGE, validator);
            }
        }
        let response = tokio::select! {
            response = request.send() => response.map_err(HttpFailure::transport)?,
            () = self.cancel.cancelled() => return Err(SourceError::Cancelled.into()),
        };
        let headers = response.headers();
        match response.status() {
            StatusCode::PARTIAL_CONTENT if have > 0 => {
                let range = text(headers, &CONTENT_RANGE).and_then(content_range);
                let continues = range.is_some_and(|(start, total)| {
                    start == have
                        && (record.total.is_none() || total.is_none() || total == record.total)
                });
                if !continues {
                    part.restart().map_err(write)?;
                    return Err(HttpFailure::Range.into());
                }
                record.total = record.total.or(range.and_then(|(_, total)| total));
            }
            StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
                part.restart().map_err(write)?;
                return Err(HttpFailure::Range.into());
            }
            StatusCode::OK => {
                *resumed = false;
                *record = Record {
                    url: self.url.to_string(),
                    // A weak tag is no promise about bytes (RFC 9110, section 13.1.5).
                    etag: text(headers, &ETAG).filter(|tag| !tag.starts_with("W/")).map(Into::into),
                    last_modified: text(headers, &LAST_MODIFIED).map(Into::into),
                    total: response.content_length(),
                    sha256: None,
                };
                part.restart().map_err(write)?;
                write_record(&self.slot.part_record(), record).map_err(write)?;
            }
            status => {
                let asked = text(headers, &RETRY_AFTER).and_then(retry_after);
                return Err(Failure::Http(HttpFailure::Status(status), asked));
            }
        }
        Ok(response)
    }

    /// Writes the body behind what is there. A thread hashes and writes while the next bytes come;
    /// two megabytes may wait between them.
    async fn take(
        &self,
        response: Response,
        mut part: Part,
        total: Option<u64>,
    ) -> (Part, Result<(), Failure>) {
        let start = part.written();
        let (blocks, mut queue) = mpsc::channel::<Vec<u8>>(8);
        let writer = blocking(move || {
            let mut written = Ok(());
            while let Some(block) = queue.blocking_recv() {
                written = part.append(&block);
                if written.is_err() {
                    break;
                }
            }
            (part, written)
        });
        let reader = self.receive(response, blocks, start, total);
        let ((part, written), received) = tokio::join!(writer, reader);
        let ended = match (written, received) {
            (Err(error), _) => Err(write(error).into()),
            (Ok(()), Err(failure)) => Err(failure),
            (Ok(()), Ok(())) => match total {
                Some(total) if part.written() != total => {
                    Err(HttpFailure::Short { have: part.written(), total }.into())
                }
                _ => Ok(()),
            },
        };
        (part, ended)
    }

    /// Passes the body on in blocks, and what came of it even if it breaks off.
    async fn receive(
        &self,
        mut response: Response,
        blocks: mpsc::Sender<Vec<u8>>,
        mut have: u64,
        total: Option<u64>,
    ) -> Result<(), Failure> {
        const BLOCK: usize = 256 * 1024;
        let mut block = Vec::with_capacity(BLOCK);
        let ended = loop {
            let chunk = tokio::select! {
                chunk = response.chunk() => chunk,
                () = self.cancel.cancelled() => break Err(SourceError::Cancelled.into()),
            };
            match chunk {
                Ok(Some(bytes)) => block.extend_from_slice(&bytes),
                Ok(None) => break Ok(()),
                Err(error) => break Err(HttpFailure::transport(error).into()),
            }
            if block.len() >= BLOCK {
                have += block.len() as u64;
                let full = std::mem::replace(&mut block, Vec::with_capacity(BLOCK));
                if blocks.send(full).await.is_err() {
                    // The writer failed, and says with what.
                    return Ok(());
                }
                (self.progress)(have, total);
            }
        };
        have += block.len() as u64;
        let _ = blocks.send(block).await;
        (self.progress)(have, total);
        ended
    }
}

fn write(source: std::io::Error) -> SourceError {
    SourceError::Io { action: "write a download", source }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Reads `bytes START-END/TOTAL`, where the total may be `*`.
fn content_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = value.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        assert_eq!(content_range("bytes */10"), None);
        assert_eq!(content_range("items 5-9/10"), None);
    }
}
