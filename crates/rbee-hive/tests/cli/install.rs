//! From a recipe to a running worker, and what happens to it afterwards.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::Output,
};

use serde_json::{Value, json};

use super::context::{TestContext, document, events, stdout};

fn succeeds(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}{}", stdout(output));
    stdout(output)
}

#[test]
fn a_recipe_becomes_a_worker_that_runs() {
    let hive = TestContext::new();
    let index = hive.index("1.0", "echo -e 'building\\x1b]0;owned\\x07'");
    let install = ["--index", &index, "worker", "install", "tiny", "-v"];

    let output = hive.run(&install);
    let text = succeeds(&output);
    assert!(text.starts_with("installed tiny:cpu@1.0-1 in "), "{text}");
    let run = format!("\nrun it with: rbee-hive --index {index} worker run tiny\n");
    assert!(text.ends_with(&run), "{text}");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("==> build\n  building\n"), "{told}");
    assert!(!told.contains('\x1b'), "{told:?}");

    let again = succeeds(&hive.run(&install));
    assert!(again.starts_with("already installed: tiny:cpu@1.0-1\n"), "{again}");

    let ran = hive.run(&["worker", "run", "tiny", "--", "--json", "a b"]);
    assert_eq!(succeeds(&ran), "tiny 1.0 --json a b\n");
    let list = document(&hive.run(&["worker", "list", "--json"]));
    assert_eq!(list[0]["id"], "tiny:cpu@1.0-1");
    let available = document(&hive.run(&["--index", &index, "worker", "available", "--json"]));
    assert_eq!(available[0]["state"], "installed");
    assert_eq!(available[0]["command"], format!("rbee-hive --index {index} worker run tiny"));
}

#[test]
fn the_events_of_an_install_end_with_the_worker() {
    let hive = TestContext::new();
    let index = hive.index("1.0", "echo building");
    let recipe = format!("{index}/tiny/PKGBUILD");
    let output = hive.run(&["--json", "worker", "install", "--recipe", &recipe]);
    succeeds(&output);
    let events = events(&output);
    let (last, before) = events.split_last().unwrap();
    assert_eq!((&last["type"], &last["outcome"]), (&json!("ended"), &json!("succeeded")));
    assert_eq!(last["worker"]["id"], "tiny:cpu@1.0-1");
    assert!(before.iter().all(|event| event["type"] != "ended"));
    let line = json!({
        "type": "output", "step": "build", "stream": "stdout", "line": "building"
    });
    assert!(before.contains(&line), "{before:?}");
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_not() {
    let hive = TestContext::new();
    let index = hive.index("1.0", "true");
    let plan = ["--index", &index, "worker", "install", "tiny", "--dry-run"];
    let text = succeeds(&hive.run(&plan));
    assert!(text.starts_with("tiny:cpu@1.0-1\n") && text.contains("\npackage\n  "), "{text}");
    let plan = document(&hive.run(&[&plan[..], &["--json"]].concat()));
    assert_eq!((&plan["id"], &plan["cached"]), (&json!("tiny:cpu@1.0-1"), &json!(false)));
    assert_eq!(stdout(&hive.run(&["worker", "list", "--json"])), "[]\n");
}

#[test]
fn a_build_that_fails_exits_with_6() {
    let hive = TestContext::new();
    let index = hive.index("1.0", "echo no compiler; exit 3");
    let install = ["--index", &index, "worker", "install", "tiny"];
    let output = hive.run(&install);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(6), ""));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("error: ") && told.contains("no compiler"), "{told}");
    let output = hive.run(&[&install[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(6));
    assert_eq!(events(&output).last().unwrap()["kind"], "build_failed");
}

#[test]
fn a_signal_cancels_the_job_and_leaves_nothing() {
    let hive = TestContext::new();
    let index = hive.index("1.0", "echo started; sleep 600");
    let install = ["--json", "--index", &index, "worker", "install", "tiny"];
    let mut child = hive.command(&install).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("\"started\"")));
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let last: Value = serde_json::from_str(&lines.last().unwrap()).unwrap();
    assert_eq!(last, json!({ "type": "ended", "outcome": "cancelled" }));
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(stdout(&hive.run(&["worker", "list", "--json"])), "[]\n");
}

#[test]
fn an_upgrade_can_be_rolled_back_and_collected() {
    let hive = TestContext::new();
    let index = hive.index("1.0", "true");
    succeeds(&hive.run(&["--index", &index, "worker", "install", "tiny"]));
    hive.index("1.1", "true");
    let available = succeeds(&hive.run(&["--index", &index, "worker", "available"]));
    assert!(available.contains("upgrade 1.0-1 -> 1.1-1"), "{available}");
    let upgrade = ["--index", &index, "worker", "upgrade", "--json"];
    let upgraded = document(&hive.run(&upgrade));
    assert_eq!((&upgraded[0]["id"], &upgraded[0]["from"]), (&json!("tiny:cpu"), &json!("1.0-1")));
    assert_eq!(upgraded[0]["worker"]["version"], "1.1-1");

    let rollback = succeeds(&hive.run(&["worker", "rollback", "tiny"]));
    assert_eq!(rollback, "rolled back to tiny:cpu@1.0-1\n");
    let history = document(&hive.run(&["worker", "history", "tiny", "--json"]));
    assert_eq!(history[0]["action"], "rolled_back");
    let gc = succeeds(&hive.run(&["gc", "--dry-run"]));
    assert!(gc.starts_with("would remove tiny:cpu@1.1-1 ("), "{gc}");
    let gc = succeeds(&hive.run(&["gc"]));
    assert!(gc.starts_with("removed tiny:cpu@1.1-1 ("), "{gc}");
    let removed = succeeds(&hive.run(&["worker", "remove", "tiny"]));
    assert!(removed.starts_with("removed tiny:cpu@1.0-1 ("), "{removed}");
}

#[test]
fn an_earlier_version_is_no_upgrade() {
    let hive = TestContext::new();
    let index = hive.index("1.10", "true");
    succeeds(&hive.run(&["--index", &index, "worker", "install", "tiny"]));
    hive.index("1.9", "true");
    let available = succeeds(&hive.run(&["--index", &index, "worker", "available"]));
    assert!(!available.contains("upgrade"), "{available}");
    let output = hive.run(&["--index", &index, "worker", "upgrade"]);
    succeeds(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("worker install tiny:cpu"), "{said}");
    let list = document(&hive.run(&["worker", "list", "--json"]));
    assert_eq!(list[0]["version"], "1.10-1");
    assert_eq!(list.as_array().unwrap().len(), 1);
}

#[test]
fn damage_exits_with_9_and_names_the_file() {
    let hive = TestContext::new();
    let index = hive.index("1.0", "true");
    succeeds(&hive.run(&["--index", &index, "worker", "install", "tiny"]));
    assert_eq!(succeeds(&hive.run(&["worker", "verify"])), "intact   tiny:cpu@1.0-1\n");

    let list = document(&hive.run(&["worker", "list", "--json"]));
    let file = format!("{}/usr/bin/tiny", list[0]["path"].as_str().unwrap());
    fs_err::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    fs_err::write(&file, "altered").unwrap();
    let output = hive.run(&["worker", "verify", "tiny"]);
    assert_eq!(output.status.code(), Some(9));
    let text = stdout(&output);
    assert!(text.starts_with("damaged  tiny:cpu@1.0-1\n") && text.contains("usr/bin/tiny"));
}

#[test]
fn srcinfo_is_printed_as_makepkg_prints_it() {
    let hive = TestContext::new();
    let path = format!("{}/tiny", hive.index("1.0", "true"));
    let text = succeeds(&hive.run(&["recipe", "srcinfo", &path]));
    assert!(text.starts_with("pkgbase = tiny\n\tpkgdesc = Says"), "{text}");
    let document = document(&hive.run(&["--json", "recipe", "srcinfo", &path]));
    assert_eq!(document["srcinfo"], text);
}

#[test]
fn downloads_go_through_the_proxy_of_the_environment() {
    let hive = TestContext::new();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap();
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut request = [0; 4096];
        let length = stream.read(&mut request).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    // The name cannot be resolved: only a proxy can answer for it.
    let sum = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4";
    let index = hive.index("1.0", "true");
    let recipe = hive.folder.path().join("index/tiny/PKGBUILD");
    let text = fs_err::read_to_string(&recipe).unwrap();
    let source = format!("source=(http://engines.invalid/x)\nsha256sums=({sum})\n");
    fs_err::write(&recipe, text + &source).unwrap();
    let output = hive
        .command(&["--index", &index, "worker", "install", "tiny"])
        .env("http_proxy", format!("http://{address}"))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    succeeds(&output);
    assert!(asked.join().unwrap().starts_with("GET http://engines.invalid/x HTTP/1.1"));
}

#[test]
fn settings_are_taken_from_the_file_that_is_named_and_from_the_environment() {
    let context = TestContext::new();
    let index = context.index("1.0", "echo \"$CFLAGS/$SOURCE_DATE_EPOCH/$PACKAGER\" >&2");
    let conf = context.folder.path().join("my.conf");
    fs_err::write(&conf, "CFLAGS=mine\nPACKAGER=file\n").unwrap();
    let install = |conf: &str, epoch: &str| {
        let arguments = [
            "--index",
            &index,
            "--makepkg-conf",
            conf,
            "-v",
            "worker",
            "install",
            "tiny",
            "--force",
        ];
        let mut command = context.command(&arguments);
        command.env("SOURCE_DATE_EPOCH", epoch).env("PACKAGER", "Me <me@host>").output().unwrap()
    };
    let output = install(conf.to_str().unwrap(), "77");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && text.contains("mine/77/Me <me@host>"), "{text}");

    for (conf, epoch, wanted) in
        [("/no/such.conf", "77", "/no/such.conf"), ("", "soon", "SOURCE_DATE_EPOCH is \"soon\"")]
    {
        let output = install(conf, epoch);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(wanted), "{output:?}");
    }
}
