//! A web server for sources, on this machine.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
};

/// Serves the folders given to it, each below a name of its own, until the process ends.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    folders: Arc<Mutex<HashMap<String, PathBuf>>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let folders = Arc::new(Mutex::new(HashMap::<String, PathBuf>::new()));
        let known = Arc::clone(&folders);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let known = Arc::clone(&known);
                // A client that went away is its own affair.
                thread::spawn(move || stream.and_then(|stream| answer(stream, &known)));
            }
        });
        Self { address, folders }
    }

    /// The URL of a folder that is served from now on.
    pub(crate) fn serve(&self, name: &str, folder: PathBuf) -> String {
        self.folders.lock().unwrap().insert(name.to_owned(), folder);
        format!("http://{}/{name}", self.address)
    }
}

fn answer(mut stream: TcpStream, folders: &Mutex<HashMap<String, PathBuf>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let (name, file) = path.split_once('/').unwrap_or_default();
    let folder = folders.lock().unwrap().get(name).cloned();
    let body = folder.and_then(|folder| fs_err::read(folder.join(file)).ok());
    let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
    let body = body.unwrap_or_default();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    if !request.starts_with("HEAD") {
        stream.write_all(&body)?;
    }
    stream.flush()
}
