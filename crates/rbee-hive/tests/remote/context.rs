use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A data folder, a cache and an index of its own, and the commands that use them.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        fs_err::create_dir_all(place.path("index")).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a recipe into the index, or changes it.
    pub(crate) fn recipe(&self, version: &str, build: &str) {
        let folder = self.path("index/tiny");
        fs_err::create_dir_all(&folder).unwrap();
        let recipe = RECIPE.replace("VERSION", version).replace("BUILD", build);
        fs_err::write(folder.join("PKGBUILD"), recipe).unwrap();
    }

    /// The program, with nothing of this host's settings.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rbee-hive"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HIVE_MAKEPKG_CONF", "")
            .env("XDG_CONFIG_HOME", self.path("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in [
            "HIVE_URL",
            "HIVE_TOKEN",
            "HIVE_TOKEN_FILE",
            "HIVE_CACERT",
            "HIVE_CONFIG",
            "SOURCE_DATE_EPOCH",
            "PACKAGER",
            "http_proxy",
            "HTTP_PROXY",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// The program, on these folders.
    pub(crate) fn here(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(arguments);
        command
            .env("HIVE_DATA_DIR", self.path("data"))
            .env("HIVE_CACHE_DIR", self.path("cache"))
            .env("WORKER_CATALOG_URL", self.path("index"));
        command
    }

    /// The program, with a daemon that does the work. Of its own folders it is told nothing.
    pub(crate) fn there(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = self.program(arguments);
        let nowhere = self.path("nowhere");
        command.env("HIVE_URL", url).env("HIVE_DATA_DIR", &nowhere).env("HIVE_CACHE_DIR", &nowhere);
        command
    }

    /// A daemon on these folders.
    pub(crate) fn serve(&self) -> Daemon {
        self.serve_with(&["--listen", "127.0.0.1:0"])
    }

    /// The same, listening as these flags say.
    pub(crate) fn serve_with(&self, flags: &[&str]) -> Daemon {
        let mut child = self.here(&[&["serve"], flags].concat()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let ready = read_until(&mut said, "listening on ").pop().unwrap();
        let (_, url) = ready.split_once("listening on ").unwrap();
        // Read on, so that it never waits for us.
        std::thread::spawn(move || said.for_each(drop));
        Daemon { child, url: url.trim().to_owned() }
    }
}

/// A daemon, killed when this is dropped.
pub(crate) struct Daemon {
    child: Child,
    url: String,
}

impl Daemon {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens, of the form `HOST:PORT`.
    pub(crate) fn address(&self) -> SocketAddr {
        self.url.split_once("://").unwrap().1.parse().unwrap()
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so.
pub(crate) fn soon(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(1), "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Reads a child's lines until one has this text; gives all of them.
pub(crate) fn read_until(lines: &mut impl Iterator<Item = String>, text: &str) -> Vec<String> {
    let mut seen = Vec::new();
    for line in lines {
        let found = line.contains(text);
        seen.push(line);
        if found {
            return seen;
        }
    }
    panic!("never said {text}: {seen:#?}");
}

/// The lines of a child's stdout.
pub(crate) fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap)
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const RECIPE: &str = r#"
pkgname=tiny
pkgver=VERSION
pkgrel=1
pkgdesc='Says how it was called'
arch=(any)
license=(MIT)
_worker_backends=(cpu)
_worker_entrypoint=usr/bin/tiny
_worker_args=(--port '${PORT}')
_worker_smoke=(--help)
build() {
  BUILD
  printf '#!/bin/sh\necho "tiny VERSION $*"\n' > tiny
}
package() {
  install -Dm755 tiny -t "$pkgdir/usr/bin"
}
"#;
