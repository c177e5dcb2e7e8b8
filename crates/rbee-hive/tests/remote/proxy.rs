use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// A wire between a client and a daemon that can be cut, and led to another daemon.
pub(crate) struct Wire {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    target: SocketAddr,
    open: Vec<TcpStream>,
    /// After how many bytes of answers each connection breaks.
    breaks_after: Option<usize>,
    connections: usize,
}

impl Wire {
    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = State { target, open: Vec::new(), breaks_after: None, connections: 0 };
        let state = Arc::new(Mutex::new(state));
        let wire = Self { address, state: Arc::clone(&state) };
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let _ = connect(client, &state);
            }
        });
        wire
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, breaks each connection after so many bytes of answers.
    pub(crate) fn breaks_after(&self, bytes: usize) {
        self.state.lock().unwrap().breaks_after = Some(bytes);
    }

    /// Leads new connections elsewhere.
    pub(crate) fn lead_to(&self, target: SocketAddr) {
        self.state.lock().unwrap().target = target;
    }

    /// Breaks all connections there are.
    pub(crate) fn cut(&self) {
        for stream in self.state.lock().unwrap().open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

fn connect(client: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let mut state = state.lock().unwrap();
    let server = TcpStream::connect(state.target)?;
    state.connections += 1;
    state.open.extend([client.try_clone()?, server.try_clone()?]);
    let limit = state.breaks_after.unwrap_or(usize::MAX);
    let (there, back) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || carry(client, there, usize::MAX));
    std::thread::spawn(move || carry(server, back, limit));
    Ok(())
}

fn carry(mut from: TcpStream, mut to: TcpStream, mut left: usize) {
    let mut buffer = [0; 1500];
    while left > 0 {
        let read = match from.read(&mut buffer) {
            Ok(read) if read > 0 => read.min(left),
            _ => break,
        };
        left -= read;
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
