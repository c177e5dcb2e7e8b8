use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rbee_hive_worker_catalog::{Event, Outcome};

use super::context::{TestContext, ended, events, install};
use crate::jobs::Limits;

/// How many downloads there were at once, at most.
#[derive(Debug, Default)]
struct Seen {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// Serves the byte `x` at every path, and takes its time.
fn slow_server() -> (SocketAddr, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, seen) = (listener.local_addr().unwrap(), Arc::<Seen>::default());
    let counted = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, counted) = (stream.unwrap(), Arc::clone(&counted));
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let now = counted.now.fetch_add(1, Ordering::SeqCst) + 1;
                counted.most.fetch_max(now, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(300));
                counted.now.fetch_sub(1, Ordering::SeqCst);
                let head = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx";
                let _ = stream.write_all(head.as_bytes());
            });
        }
    });
    (address, seen)
}

/// The sha256 of `x`.
const SUM: &str = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

#[tokio::test(flavor = "multi_thread")]
async fn downloads_are_counted_over_all_jobs_and_who_waits_says_so() {
    let context = TestContext::new();
    let (address, seen) = slow_server();
    for name in ["a", "b"] {
        context.recipe(name, ":");
        let path = context.path("index").join(name).join("PKGBUILD");
        let recipe = fs_err::read_to_string(&path).unwrap();
        let urls = format!("http://{address}/{name}1 http://{address}/{name}2");
        let sources = format!("source=({urls})\nsha256sums=({SUM} {SUM})\n");
        fs_err::write(&path, recipe + &sources).unwrap();
    }
    let jobs = context.jobs_with(Limits { builds: 2, fetches: 1, ..Limits::default() });
    let [a, b] = ["a", "b"].map(|id| jobs.submit(&install(id)).unwrap().job_id);
    for id in [&a, &b] {
        let outcome = ended(&jobs, id).await;
        assert!(matches!(outcome, Outcome::Succeeded { .. }), "{outcome:?}");
        let waited = |event: &Event| matches!(event, Event::Waiting { reason } if reason.contains("other downloads"));
        assert!(events(&jobs, id).iter().any(|logged| waited(&logged.event)));
    }
    assert_eq!(seen.most.load(Ordering::SeqCst), 1);
}
