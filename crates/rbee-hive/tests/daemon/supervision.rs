use std::{io::Write as _, net::TcpStream, os::unix::net::UnixDatagram, time::Duration};

use rustix::process::Signal;

use crate::context::{Serving, TestContext, until};

/// What a supervisor hears, message by message.
fn heard(socket: &UnixDatagram) -> String {
    let mut message = [0; 4096];
    let count = socket.recv(&mut message).unwrap();
    String::from_utf8(message[..count].to_vec()).unwrap()
}

#[test]
fn systemd_hears_how_the_daemon_is() {
    let context = TestContext::new();
    let path = context.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let mut command = context.command(&["serve", "--listen=127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000");
    let mut daemon = Serving::start(command);

    let ready = heard(&socket);
    let address = daemon.address();
    assert_eq!(ready.trim_end(), format!("READY=1\nSTATUS=listening on http://{address}"));
    assert_eq!(daemon.get("/health").status, 200);
    for _ in 0..3 {
        assert_eq!(heard(&socket).trim_end(), "WATCHDOG=1");
    }
    daemon.signal(Signal::HUP);
    let told: Vec<_> = std::iter::repeat_with(|| heard(&socket))
        .filter(|message| !message.starts_with("WATCHDOG"))
        .take(2)
        .collect();
    assert!(told[0].starts_with("RELOADING=1\nMONOTONIC_USEC="), "{told:?}");
    assert!(told[1].starts_with("READY=1\n"), "{told:?}");
    daemon.signal(Signal::TERM);
    let last = std::iter::repeat_with(|| heard(&socket)).find(|m| !m.starts_with("WATCHDOG"));
    assert!(last.unwrap().starts_with("STOPPING=1\n"));
    assert_eq!(daemon.ended().code(), Some(0));
}

/// A request whose body does not come.
fn unfinished(daemon: &Serving) -> TcpStream {
    let address = daemon.address();
    let mut stream = TcpStream::connect(&address).unwrap();
    let request = format!(
        "POST /v1/gc HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: 10\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    // Once it is told to go on, its answer has begun.
    let mut go_on = [0; 12];
    std::io::Read::read_exact(&mut stream, &mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100");
    stream
}

#[test]
fn answers_that_have_begun_are_given_before_the_end() {
    let context = TestContext::new();
    let mut daemon = context.serve(&["--listen=127.0.0.1:0"]);
    let mut stream = unfinished(&daemon);
    daemon.signal(Signal::TERM);
    daemon.await_log("ending");
    stream.write_all(b"{       }\n").unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 200"), "{answer}");
    assert_eq!(daemon.ended().code(), Some(0));
}

#[test]
fn the_end_takes_only_so_long_and_a_second_signal_makes_it_now() {
    let context = TestContext::new();
    let mut daemon = context.serve(&["--listen=127.0.0.1:0", "--drain-seconds=1"]);
    let _stream = unfinished(&daemon);
    assert_eq!(daemon.terminate(), Some(0));
    assert!(daemon.log().contains("did not end in 1s"), "{}", daemon.log());

    let mut daemon = context.serve(&["--listen=127.0.0.1:0", "--drain-seconds=3600"]);
    let _stream = unfinished(&daemon);
    daemon.signal(Signal::INT);
    daemon.await_log("ending");
    daemon.signal(Signal::INT);
    assert_eq!(daemon.ended().code(), Some(130));
}

#[test]
fn a_job_that_runs_is_interrupted_at_the_end_and_runs_again_after_the_next_start() {
    let context = TestContext::new();
    context.write(
        "index/tiny/PKGBUILD",
        "pkgname=tiny\npkgver=1\npkgrel=1\npkgdesc='Takes its time'\narch=(any)\nlicense=(MIT)\n\
         _worker_backends=(cpu)\n_worker_entrypoint=usr/bin/tiny\nbuild() { sleep 3600; }\n\
         package() { install -D /dev/null \"$pkgdir/usr/bin/tiny\"; }\n",
    );
    let index = context.path("index");
    let flags = ["--listen=127.0.0.1:0", "--index", index.to_str().unwrap()];
    let mut daemon = context.serve(&flags);
    let request = r#"{"operation":"worker_install","worker_id":"tiny"}"#;
    let answer = daemon.ask("POST /v1/jobs", &[], request);
    assert_eq!(answer.status, 202, "{}", answer.body);
    let job = format!("/v1/jobs/{}", answer.json()["job_id"].as_str().unwrap());
    let builds = |daemon: &Serving| {
        until("the build", || {
            let job = daemon.get(&job).json();
            (job["state"] == "running" && job["step"] == "build").then_some(job)
        })
    };
    assert_eq!(builds(&daemon)["attempt"], 1);
    assert_eq!(daemon.terminate(), Some(0));

    let daemon = context.serve(&flags);
    assert_eq!(builds(&daemon)["attempt"], 2);
    let metrics = daemon.get("/metrics").body;
    assert!(metrics.contains("\nrbee_hive_jobs_running 1\n"), "{metrics}");
    assert_eq!(daemon.ask(&format!("DELETE {job}"), &[], "").status, 202);
    until("the end of the job", || (daemon.get(&job).json()["state"] == "ended").then_some(()));
    let counted = r#"rbee_hive_jobs_total{operation="worker_install",outcome="cancelled"} 1"#;
    until("the job to be counted", || daemon.get("/metrics").body.contains(counted).then_some(()));
    let metrics = daemon.get("/metrics").body;
    assert!(metrics.contains(r#"rbee_hive_step_duration_seconds_count{step="evaluate"} 1"#));
    assert!(
        metrics.contains(r#"http_requests_total{method="GET",route="/v1/jobs/{id}",status="200"}"#)
    );
}

#[test]
fn the_log_can_be_read_by_programs() {
    let context = TestContext::new();
    let daemon = context.serve(&["--listen=127.0.0.1:0", "--log-format=json", "--log-level=debug"]);
    daemon.await_log("listening on");
    let log = daemon.log();
    let line: serde_json::Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    let address = line["message"].as_str().unwrap().strip_prefix("listening on http://").unwrap();
    let stream = TcpStream::connect(address).unwrap();
    let headers = [("Host", address), ("X-Request-Id", "my-request")];
    let answer = crate::http::ask(stream, "GET /v1/workers?name=secret", &headers, "");
    assert!(answer.head.contains("x-request-id: my-request"), "{}", answer.head);
    let answered = until("the answer's line", || {
        let log = daemon.log();
        let line = log.lines().find(|line| line.contains("my-request"))?.to_owned();
        Some(serde_json::from_str::<serde_json::Value>(&line).unwrap())
    });
    assert_eq!(answered["level"], "DEBUG");
    assert_eq!(answered["method"], "GET");
    assert_eq!(answered["path"], "/v1/workers");
    assert_eq!(answered["status"], 200);
    assert!(!daemon.log().contains("secret"));
}
