use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// A real HTTP server on a port of its own, that does what a test tells it to.
pub(super) struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// What was asked.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) path: String,
    headers: Vec<(String, String)>,
}

/// What to answer, and where to stop.
pub(super) struct Answer {
    pub(super) status: &'static str,
    pub(super) headers: Vec<String>,
    pub(super) body: Vec<u8>,
    /// What the header says, if not the truth.
    pub(super) length: Option<usize>,
    /// Keep the connection open this long after the body.
    pub(super) stall: Duration,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The first byte of the range asked for.
    pub(super) fn start(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

impl Answer {
    pub(super) fn new(status: &'static str, body: &[u8]) -> Self {
        let (headers, length, stall) = (Vec::new(), None, Duration::ZERO);
        Self { status, headers, body: body.to_vec(), length, stall }
    }

    pub(super) fn ok(body: &[u8]) -> Self {
        Self::new("200 OK", body)
    }

    /// The file as a good server gives it: whole, or the part asked for.
    pub(super) fn file(request: &Request, content: &[u8]) -> Self {
        match request.start() {
            Some(start) if start < content.len() => {
                let range =
                    format!("Content-Range: bytes {start}-{}/{}", content.len() - 1, content.len());
                Self::new("206 Partial Content", &content[start..]).header(range)
            }
            Some(_) => Self::new("416 Range Not Satisfiable", b""),
            None => Self::ok(content),
        }
    }

    pub(super) fn header(mut self, header: impl Into<String>) -> Self {
        self.headers.push(header.into());
        self
    }

    /// The connection ends after so many bytes of the body.
    pub(super) fn cut(mut self, at: usize) -> Self {
        self.length = Some(self.body.len());
        self.body.truncate(at);
        self
    }

    pub(super) fn stall(mut self, time: Duration) -> Self {
        self.stall = time;
        self
    }
}

impl Server {
    /// The answer may depend on the request and on how many came before it.
    pub(super) fn start(
        answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&requests), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || {
                    let stream = stream.unwrap();
                    let request = read(&stream);
                    let before = {
                        let mut log = log.lock().unwrap();
                        log.push(request.clone());
                        log.len() - 1
                    };
                    send(stream, &answer(&request, before));
                });
            }
        });
        Self { port, requests }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let first = lines.next().unwrap_or_default();
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())))
        .collect();
    Request { path: first.split(' ').nth(1).unwrap_or_default().to_owned(), headers }
}

fn send(mut stream: TcpStream, answer: &Answer) {
    let mut head = format!("HTTP/1.1 {}\r\nConnection: close\r\n", answer.status);
    for header in &answer.headers {
        head.extend([header, "\r\n"]);
    }
    let length = answer.length.unwrap_or(answer.body.len());
    head.extend(["Content-Length: ", &length.to_string(), "\r\n\r\n"]);
    // A client that has gone away is no failure of the server.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&answer.body));
    let _ = stream.flush();
    thread::sleep(answer.stall);
}
