use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// A daemon with folders and an index of its own. It dies with this.
pub(crate) struct Hive {
    folder: TempDir,
    daemon: Child,
    pub(crate) address: String,
}

impl Hive {
    /// Starts one whose index has these recipes, by name and text.
    pub(crate) fn start(recipes: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in recipes {
            write(&folder, name, text);
        }
        let (daemon, address) = serve(&folder, "127.0.0.1:0");
        Self { folder, daemon, address }
    }

    /// One whose index has the project's recipes, and these, by name and text.
    pub(crate) fn with_project_recipes(others: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let recipes = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
        for recipe in fs_err::read_dir(recipes).unwrap().map(Result::unwrap) {
            if !recipe.path().is_dir() {
                continue;
            }
            let target = folder.path().join("index").join(recipe.file_name());
            fs_err::create_dir_all(&target).unwrap();
            for file in fs_err::read_dir(recipe.path()).unwrap().map(Result::unwrap) {
                fs_err::copy(file.path(), target.join(file.file_name())).unwrap();
            }
        }
        for (name, text) in others {
            write(&folder, name, text);
        }
        let (daemon, address) = serve(&folder, "127.0.0.1:0");
        Self { folder, daemon, address }
    }

    /// Changes a recipe of the index.
    pub(crate) fn change(&self, name: &str, from: &str, to: &str) {
        let path = self.folder.path().join("index").join(name).join("PKGBUILD");
        let text = fs_err::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from} is in the recipe");
        fs_err::write(path, text.replace(from, to)).unwrap();
    }

    /// Kills the daemon, as a power cut would, and starts it again at the same address.
    pub(crate) fn crash_and_start_again(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
        let listen = self.address.trim_start_matches("http://").to_owned();
        (self.daemon, self.address) = serve(&self.folder, &listen);
    }
}

impl Drop for Hive {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn write(folder: &TempDir, name: &str, text: &str) {
    let recipe = folder.path().join("index").join(name);
    fs_err::create_dir_all(&recipe).unwrap();
    fs_err::write(recipe.join("PKGBUILD"), text).unwrap();
}

/// Starts a daemon; returns when it says where it listens.
fn serve(folder: &TempDir, listen: &str) -> (Child, String) {
    let path = |name: &str| folder.path().join(name);
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_rbee-hive"))
        .args(["serve", "--listen", listen])
        .env("HIVE_DATA_DIR", path("data"))
        .env("HIVE_CACHE_DIR", path("cache"))
        .env("HIVE_MAKEPKG_CONF", "")
        .env("WORKER_CATALOG_URL", path("index"))
        .env("XDG_CONFIG_HOME", path("config"))
        .env_remove("HIVE_TOKEN")
        .env_remove("HIVE_URL")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(daemon.stderr.take().unwrap()).lines();
    let address = said
        .by_ref()
        .map(Result::unwrap)
        .find_map(|line| line.split_once("listening on ").map(|(_, address)| address.to_owned()))
        .expect("it says where it listens");
    // Nobody reads what it says later, but it must be able to say it.
    std::thread::spawn(move || said.for_each(drop));
    (daemon, address.trim().to_owned())
}

/// A recipe of a worker that is built by these lines of bash.
pub(crate) fn recipe(name: &str, version: &str, build: &str) -> String {
    format!(
        "pkgname={name}\npkgver={version}\npkgrel=1\npkgdesc='Says how it was called'\n\
         arch=(any)\nlicense=(MIT)\n_worker_backends=(cpu)\n_worker_entrypoint=usr/bin/{name}\n\
         _worker_smoke=(--help)\n_worker_formats=(gguf)\nbuild() {{\n{build}\n\
         printf '#!/bin/sh\\necho {name} \"$@\"\\n' > {name}\n}}\n\
         package() {{ install -Dm755 {name} -t \"$pkgdir/usr/bin\"; }}\n"
    )
}
