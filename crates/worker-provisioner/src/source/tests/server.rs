use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// A real HTTP server on a port of its own, that does what a test tells it to.
pub(super) struct Server {
    scheme: &'static str,
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
        Self::serve(None, answer)
    }

    /// The same by TLS, with a certificate that it makes in `folder` and that nobody else knows.
    pub(super) fn start_tls(
        folder: &Path,
        answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> (Self, PathBuf) {
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"])
            .args([&"-keyout".into(), &key, &"-out".into(), &certificate])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_file(&certificate).unwrap()],
                PrivateKeyDer::from_pem_file(&key).unwrap(),
            )
            .unwrap();
        (Self::serve(Some(Arc::new(config)), answer), certificate)
    }

    fn serve(
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&requests), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, answer, tls) = (Arc::clone(&log), Arc::clone(&answer), tls.clone());
                thread::spawn(move || {
                    let stream = stream.unwrap();
                    match tls {
                        None => converse(stream, &log, &*answer),
                        Some(tls) => {
                            let connection = ServerConnection::new(tls).unwrap();
                            converse(StreamOwned::new(connection, stream), &log, &*answer);
                        }
                    }
                });
            }
        });
        Self { scheme, port, requests }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}/{path}", self.scheme, self.port)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn converse(
    mut stream: impl Read + Write,
    log: &Mutex<Vec<Request>>,
    answer: &dyn Fn(&Request, usize) -> Answer,
) {
    // A client that does not trust the server says no more.
    let Some(request) = read(&mut stream) else { return };
    let before = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    send(stream, &answer(&request, before));
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())))
        .collect();
    Some(Request { path, headers })
}

fn send(mut stream: impl Write, answer: &Answer) {
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
