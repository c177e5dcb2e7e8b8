//! Each command, in process and against a daemon: the same output, byte for byte, and the same exit
//! code.

use std::process::Output;

use crate::context::{Place, stderr, stdout};

/// What is of the day or of the folder, replaced.
fn plain(text: &str, place: &Place) -> String {
    let text = text.replace(place.folder.path().to_str().unwrap(), "PLACE");
    let mut out = String::new();
    for line in text.lines() {
        let words = line.split_inclusive([' ', '"', ',', ')', '}']).map(|word| {
            let bare = word.trim_end_matches([' ', '"', ',', ')', '}']);
            if is_time(bare) || is_job(bare) { word.replace(bare, "*") } else { word.to_owned() }
        });
        out.extend(words);
        out.push('\n');
    }
    out
}

/// `2026-11-23T...`, or the date and the hour of a table.
fn is_time(word: &str) -> bool {
    let digits = |part: Option<&str>, n: usize| {
        part.is_some_and(|p| p.len() >= n && p[..n].bytes().all(|b| b.is_ascii_digit()))
    };
    let mut dashes = word.split('-');
    let mut colons = word.split(':');
    (digits(dashes.next(), 4) && digits(dashes.next(), 2) && digits(dashes.next(), 2))
        || (word.len() == 5 && digits(colons.next(), 2) && digits(colons.next(), 2))
}

/// `install-TIME-PROCESS`.
fn is_job(word: &str) -> bool {
    let parts: Vec<_> = word.split('-').collect();
    matches!(parts[0], "install" | "upgrade" | "import" | "worker_install" | "worker_import")
        && parts.len() >= 3
}

/// Everything that a program or a person sees of a run.
fn seen(output: &Output, place: &Place) -> (Option<i32>, String, String) {
    (output.status.code(), plain(&stdout(output), place), plain(&stderr(output), place))
}

#[track_caller]
fn same(here: &Place, there: &Place, url: &str, arguments: &[&str]) -> Output {
    let mut last = None;
    for json in [false, true] {
        let flags = if json { &["--json"][..] } else { &[] };
        let arguments = [flags, arguments].concat();
        let one = here.here(&arguments).output().unwrap();
        let other = there.there(url, &arguments).output().unwrap();
        assert_eq!(seen(&one, here), seen(&other, there), "{arguments:?}");
        last.get_or_insert(one);
    }
    last.unwrap()
}

#[test]
fn questions_have_the_same_answers() {
    let place = Place::new();
    place.recipe("1", ":");
    assert!(place.here(&["worker", "install", "tiny"]).output().unwrap().status.success());
    let daemon = place.serve();
    let url = daemon.url();
    for (arguments, code) in [
        (&["worker", "available"][..], 0),
        (&["worker", "available", "says"], 0),
        (&["worker", "available", "nothing"], 0),
        (&["worker", "info", "tiny"], 0),
        (&["worker", "info", "other"], 3),
        (&["worker", "info", "../x"], 2),
        (&["worker", "list"], 0),
        (&["worker", "show", "tiny"], 0),
        (&["worker", "show", "tiny:cpu@1"], 0),
        (&["worker", "show", "tiny:cuda"], 3),
        (&["worker", "show", ".."], 2),
        (&["worker", "verify"], 0),
        (&["worker", "verify", "tiny"], 0),
        (&["worker", "verify", "other"], 3),
        (&["worker", "history", "tiny"], 0),
        (&["worker", "history", "other"], 3),
        (&["worker", "rollback", "tiny"], 3),
        (&["worker", "remove", "other"], 3),
        (&["gc", "--dry-run"], 0),
        (&["doctor"], 0),
    ] {
        let output = same(&place, &place, url, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
    let executable = fs_err::read_dir(place.path("data/store")).unwrap().flatten();
    let mut objects = executable.filter(|e| e.path().join("usr/bin/tiny").is_file());
    let file = objects.next().unwrap().path().join("usr/bin/tiny");
    fs_err::remove_file(&file)
        .or_else(|_| {
            let folder = file.parent().unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs_err::set_permissions(folder, mode)?;
            fs_err::remove_file(&file)
        })
        .unwrap();
    let output = same(&place, &place, url, &["worker", "verify"]);
    assert_eq!(output.status.code(), Some(9));
    assert!(stdout(&output).contains("repair it with: rbee-hive worker install --force tiny:cpu"));
}
