//! Each command, in process and against a daemon: the same output, byte for byte, and the same exit
//! code.

use std::process::Output;

use crate::context::{Place, soon, stderr, stdout};

/// Where words end.
const ENDS: [char; 6] = [' ', '"', ',', ')', '}', '/'];

/// What is of the day or of the folder, replaced.
fn plain(text: &str, place: &Place) -> String {
    let text = text.replace(place.folder.path().to_str().unwrap(), "PLACE");
    let mut out = String::new();
    for line in text.lines().filter(|line| !is_of_the_moment(line)) {
        let timed = line.starts_with("installed ") || line.starts_with("upgraded ");
        let line = line.split_once(" in ").filter(|_| timed).map_or(line, |(before, _)| before);
        let words = line.split_inclusive(ENDS).map(|word| {
            let bare = word.trim_end_matches(ENDS);
            if is_time(bare) || is_job(bare) { word.replace(bare, "*") } else { word.to_owned() }
        });
        out.extend(words);
        out.push('\n');
    }
    out
}

/// Times of steps, and what may be superseded before anybody sees it.
fn is_of_the_moment(line: &str) -> bool {
    line.starts_with("  done in ") || line.starts_with("{\"type\":\"progress\"")
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

/// The same commands, one after the other, in process at one place and against a daemon of another.
#[test]
fn changes_are_made_and_told_the_same_way() {
    let (here, there) = (Place::new(), Place::new());
    let both = |version: &str, build: &str| {
        here.recipe(version, build);
        there.recipe(version, build);
    };
    both("1", "echo hello");
    let daemon = there.serve();
    let twice = |arguments: &[&str], code: i32| {
        let one = here.here(arguments).output().unwrap();
        let other = there.there(daemon.url(), arguments).output().unwrap();
        assert_eq!(seen(&one, &here), seen(&other, &there), "{arguments:?}");
        assert_eq!(one.status.code(), Some(code), "{arguments:?}: {}", stderr(&one));
        stdout(&one)
    };
    twice(&["worker", "install", "tiny", "--dry-run"], 0);
    twice(&["--json", "worker", "install", "tiny", "--dry-run"], 0);
    let events = twice(&["--json", "worker", "install", "tiny"], 0);
    assert!(events.contains("\"line\":\"hello\""), "{events}");
    twice(&["worker", "install", "tiny"], 0);
    twice(&["worker", "install", "--force", "tiny"], 0);
    twice(&["worker", "upgrade"], 0);
    both("2", "echo hello again");
    // A daemon asks its index at most every ten seconds.
    soon("the daemon knows version 2", || {
        let output = there.there(daemon.url(), &["worker", "available"]).output().unwrap();
        stdout(&output).contains("2-1")
    });
    twice(&["worker", "available"], 0);
    twice(&["worker", "upgrade"], 0);
    twice(&["--json", "worker", "upgrade", "tiny"], 0);
    twice(&["worker", "upgrade", "other"], 3);
    twice(&["worker", "history", "tiny"], 0);
    twice(&["worker", "rollback", "tiny"], 0);
    twice(&["worker", "list"], 0);
    twice(&["worker", "export", "tiny", "-o", "."], 0);
    twice(&["worker", "export", "tiny", "-o", "tiny.pkg.tar.xz"], 0);
    twice(&["--json", "worker", "export", "tiny", "-o", "tiny.pkg.tar.xz"], 0);
    twice(&["worker", "export", "tiny", "-o", "tiny.zip"], 2);
    twice(&["worker", "export", "other", "-o", "."], 3);
    for name in ["tiny-1-1-any.pkg.tar.zst", "tiny.pkg.tar.xz"] {
        let same =
            fs_err::read(here.path(name)).unwrap() == fs_err::read(there.path(name)).unwrap();
        assert!(same, "{name} differs");
    }
    twice(&["worker", "remove", "tiny"], 0);
    twice(&["worker", "import", "tiny.pkg.tar.xz"], 0);
    twice(&["--json", "worker", "import", "tiny-1-1-any.pkg.tar.zst"], 0);
    twice(&["gc", "--keep", "1"], 0);
    // Not the cache: it names folders, which are others at each place.
    twice(&["--json", "gc"], 0);
}

#[test]
fn what_fails_fails_the_same_way() {
    let (here, there) = (Place::new(), Place::new());
    let daemon = there.serve();
    let twice = |arguments: &[&str], code: i32| {
        for json in [&[][..], &["--json"]] {
            let arguments = [json, arguments].concat();
            let one = here.here(&arguments).output().unwrap();
            let other = there.there(daemon.url(), &arguments).output().unwrap();
            assert_eq!(seen(&one, &here), seen(&other, &there), "{arguments:?}");
            assert_eq!(one.status.code(), Some(code), "{arguments:?}: {}", stderr(&one));
        }
    };
    twice(&["worker", "install", "tiny"], 3);
    twice(&["worker", "install", "../tiny"], 2);
    twice(&["worker", "install", "--recipe", "nowhere"], 3);
    twice(&["worker", "import", "nowhere.pkg.tar.zst"], 3);
    for (build, code) in [("echo no >&2; false", 6), ("sleep 0; }\ntypo() { (", 4)] {
        here.recipe("1", build);
        there.recipe("1", build);
        twice(&["worker", "install", "tiny"], code);
        twice(&["worker", "install", "tiny", "--dry-run"], if code == 6 { 0 } else { code });
    }
    here.recipe("1", ":");
    there.recipe("1", ":");
    twice(&["worker", "install", "tiny:cuda"], 4);
    twice(&["worker", "install", "tiny@2"], 3);
}

#[test]
fn a_recipe_of_this_machine_is_built_with_the_files_that_belong_to_it() {
    let (here, there) = (Place::new(), Place::new());
    let daemon = there.serve();
    for place in [&here, &there] {
        place.recipe("1", "cat \"$srcdir/note\"");
        let folder = place.path("mine");
        fs_err::rename(place.path("index/tiny"), &folder).unwrap();
        let recipe = fs_err::read_to_string(folder.join("PKGBUILD")).unwrap();
        let sources = "_n=no\nsource=(\"${_n}te\")\nsha256sums=(SKIP)\n";
        fs_err::write(folder.join("PKGBUILD"), recipe + sources).unwrap();
        fs_err::write(folder.join("note"), "from afar\n").unwrap();
        fs_err::write(folder.join("secret"), "mine alone\n").unwrap();
    }
    let arguments = [
        "--json",
        "worker",
        "install",
        "--recipe",
        "mine",
        "--backend",
        "cpu",
        "--allow-unverified",
    ];
    let one = here.here(&arguments).output().unwrap();
    let other = there.there(daemon.url(), &arguments).output().unwrap();
    assert_eq!(other.status.code(), Some(0), "{}{}", stdout(&other), stderr(&other));
    assert!(stdout(&one).contains("from afar") && stdout(&other).contains("from afar"));
    let uploads = walk(&there.path("cache/uploads"));
    assert!(uploads.iter().any(|file| file.ends_with("recipe/note")), "{uploads:?}");
    assert!(!uploads.iter().any(|file| file.contains("secret")), "{uploads:?}");
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.flat_map(|entry| match entry.path() {
        path if path.is_dir() => walk(&path),
        path => vec![path.display().to_string()],
    });
    files.collect()
}
