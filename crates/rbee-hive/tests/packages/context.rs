use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// Folders of its own, a recipe, and the programs that packages are made and installed with.
pub(crate) struct TestContext {
    pub(crate) folder: TempDir,
}

/// A recipe with one of everything that a package can have.
const RECIPE: &str = include_str!("engine.sh");

impl TestContext {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // makepkg's user must get in.
        fs_err::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let context = Self { folder };
        let recipe = context.path("engine");
        fs_err::create_dir(&recipe).unwrap();
        fs_err::write(recipe.join("PKGBUILD"), RECIPE).unwrap();
        fs_err::write(recipe.join("engine.install"), "post_install() { :; }\n").unwrap();
        fs_err::write(recipe.join("ChangeLog"), "1.2: first\n").unwrap();
        context
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The program, with the data folder of this name.
    pub(crate) fn run_in(&self, data: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_rbee-hive"))
            .args(arguments)
            .env("HIVE_DATA_DIR", self.path(data))
            .env("HIVE_CACHE_DIR", self.path(data).join("cache"))
            .env_remove("WORKER_CATALOG_URL")
            .env_remove("SOURCE_DATE_EPOCH")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.run_in("data", arguments)
    }

    /// Builds the recipe and exports a package of it.
    pub(crate) fn export(&self, data: &str, file: &str, package: &str) -> PathBuf {
        succeeds(&self.run_in(data, &["worker", "install", "--recipe", &self.text("engine")]));
        let file = self.text(file);
        let export = ["worker", "export", "engine", "--package", package, "-o", &file];
        succeeds(&self.run_in(data, &export));
        file.into()
    }

    /// Builds the recipe with makepkg, as an ordinary user. Returns the folder of the packages.
    pub(crate) fn makepkg(&self) -> PathBuf {
        let folder = self.path("makepkg");
        succeeds(&program("cp", &["-r", &self.text("engine"), folder.to_str().unwrap()]));
        let mut command = if rustix::process::geteuid().is_root() {
            succeeds(&program("chown", &["-R", "65534:65534", folder.to_str().unwrap()]));
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "makepkg", "-d"]);
            command
        } else {
            let mut command = Command::new("makepkg");
            command.arg("-d");
            command
        };
        let output = command
            .current_dir(&folder)
            .env("HOME", &folder)
            .env("LC_ALL", "C.UTF-8")
            .env("PKGEXT", ".pkg.tar.xz")
            .env("SOURCE_DATE_EPOCH", "315532800")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        succeeds(&output);
        folder
    }

    /// What bash says to a script in which pacman has an empty root of its own.
    pub(crate) fn pacman(&self, script: &str) -> String {
        let root = self.text("root");
        for folder in ["root/db", "root/cache", "root/hooks"] {
            fs_err::create_dir_all(self.path(folder)).unwrap();
        }
        let conf = "[options]\nArchitecture = x86_64\nSigLevel = Never\n";
        fs_err::write(self.path("pacman.conf"), conf).unwrap();
        let conf = self.text("pacman.conf");
        let pacman = format!(
            "pacman() {{ command pacman --config '{conf}' --root '{root}' --dbpath '{root}/db' \
             --cachedir '{root}/cache' --hookdir '{root}/hooks' --logfile '{root}/log' \
             --noconfirm \"$@\"; }}; cd '{root}'; {script}"
        );
        succeeds(&as_root(&pacman))
    }
}

/// Runs a script that gives files away: as an ordinary user with the root that fakeroot plays.
pub(crate) fn as_root(script: &str) -> Output {
    if rustix::process::geteuid().is_root() {
        program("bash", &["-euc", script])
    } else {
        program("fakeroot", &["bash", "-euc", script])
    }
}

pub(crate) fn program(name: &str, arguments: &[&str]) -> Output {
    Command::new(name)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What it wrote to stdout.
pub(crate) fn succeeds(output: &Output) -> String {
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{err}{out}");
    out.into_owned()
}

/// The exit code and what was said about it.
pub(crate) fn failure(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

pub(crate) fn document(output: &Output) -> Value {
    serde_json::from_str(&succeeds(output)).unwrap()
}

/// A member of a package file, as text.
pub(crate) fn member(file: &Path, name: &str) -> String {
    succeeds(&program("bsdtar", &["-xOf", file.to_str().unwrap(), name]))
}

/// Every member of a package file but the metadata: mode, owner, size, time, name and link.
pub(crate) fn listing(file: &Path) -> Vec<String> {
    let text = succeeds(&program("bsdtar", &["-tvf", file.to_str().unwrap()]));
    text.lines().filter(|line| !line.contains(" .")).map(str::to_owned).collect()
}
