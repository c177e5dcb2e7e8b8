use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Folders of its own, so that no test sees what is installed on this host.
pub(crate) struct TestContext {
    pub(crate) folder: TempDir,
}

impl TestContext {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The program, in these folders.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rbee-hive"));
        command
            .args(arguments)
            .env("HIVE_DATA_DIR", self.folder.path().join("data"))
            .env("HIVE_CACHE_DIR", self.folder.path().join("cache"))
            // The host's settings and times are none of the tests'.
            .env("HIVE_MAKEPKG_CONF", "")
            .env("HIVE_CONFIG", "")
            .env_remove("SOURCE_DATE_EPOCH")
            .env_remove("PACKAGER")
            .env_remove("WORKER_CATALOG_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// An index of one recipe, `tiny`, that takes a moment to build. Returns the index's folder.
    pub(crate) fn index(&self, version: &str, build: &str) -> String {
        let index = self.folder.path().join("index");
        fs_err::create_dir_all(index.join("tiny")).unwrap();
        let recipe = RECIPE.replace("VERSION", version).replace("BUILD", build);
        fs_err::write(index.join("tiny/PKGBUILD"), recipe).unwrap();
        index.to_str().unwrap().to_owned()
    }
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
_worker_smoke=(--help)
build() {
  BUILD
  printf '#!/bin/sh\necho "tiny VERSION $*"\n' > tiny
}
package() {
  install -Dm755 tiny -t "$pkgdir/usr/bin"
}
"#;

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What an install wrote, a document each line.
pub(crate) fn events(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
