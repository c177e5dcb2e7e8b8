//! The folders of one row, and a sandbox that makepkg finds its own kind of host in.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::{recipe::Recipe, server::Server};

/// The ordinary user that makepkg wants.
pub(crate) const USER: &str = "1000";

/// What both sides read as their makepkg.conf. A row's own lines come after it.
const CONFIGURATION: &str = r"
DLAGENTS=('file::/usr/bin/curl -qgC - -o %o %u'
          'http::/usr/bin/curl -qfLC - -o %o %u')
VCSCLIENTS=('git::git' 'hg::mercurial' 'svn::subversion')
CPPFLAGS=-DCOMPARED
CFLAGS='-O2 -pipe'
CXXFLAGS='-O2 -pipe -fno-plt'
LDFLAGS=-Wl,-O1
LTOFLAGS=-flto=auto
RUSTFLAGS='-C opt-level=2'
MAKEFLAGS=-j3
DEBUG_CFLAGS=-g
DEBUG_CXXFLAGS=-g
BUILDENV=(!distcc !color !ccache check !sign)
OPTIONS=(strip docs !libtool !staticlibs emptydirs zipman purge !debug !lto)
INTEGRITY_CHECK=(sha256)
STRIP_BINARIES=--strip-all
STRIP_SHARED=--strip-unneeded
STRIP_STATIC=--strip-debug
MAN_DIRS=(usr/share/man usr/share/info)
DOC_DIRS=(usr/share/doc usr/share/gtk-doc)
PURGE_TARGETS=(usr/share/info/dir .packlist '*.pod')
DBGSRCDIR=/usr/src/debug
PACKAGER='Comparison <comparison@example.org>'
PKGEXT=.pkg.tar
SRCEXT=.src.tar
COMPRESSZST=(zstd -c -q -)
";

/// The folders of a row:
///
/// ```text
/// recipe/     what both get a copy of
/// sources/    what setup.sh made; the same path for both
/// gnupg/      makepkg's keyring
/// makepkg/    makepkg's side: start, packages, sources, logs, home
/// hive/       our side: recipe, data, cache, packages
/// ```
#[derive(Debug)]
pub(crate) struct Workbench {
    folder: TempDir,
    pub(crate) before: bool,
}

impl Workbench {
    /// Lays a recipe out, with what its `setup.sh` makes.
    pub(crate) fn new(recipe: &Recipe, server: &Server) -> Self {
        let bench = Self {
            folder: tempfile::Builder::new().prefix("comparison.").tempdir().unwrap(),
            before: recipe.folder.join("PKGBUILD.before").exists(),
        };
        for name in
            ["sources", "makepkg/packages", "makepkg/sources", "makepkg/logs", "makepkg/home"]
        {
            fs_err::create_dir_all(bench.path(name)).unwrap();
        }
        fs_err::create_dir_all(bench.path("hive/packages")).unwrap();
        fs_err::create_dir_all(bench.path("gnupg")).unwrap();
        copy(&recipe.folder, &bench.path("recipe"));
        let http = server.serve(&recipe.name, bench.path("sources"));
        for name in ["PKGBUILD", "PKGBUILD.before"] {
            let file = bench.path("recipe").join(name);
            if file.exists() {
                let text = fs_err::read_to_string(&file).unwrap();
                let text = text.replace("@SOURCES@", bench.path("sources").to_str().unwrap());
                fs_err::write(&file, text.replace("@HTTP@", &http)).unwrap();
            }
        }
        let arch = std::env::consts::ARCH;
        let configuration = format!(
            "CARCH={arch}\nCHOST={arch}-pc-linux-gnu\n{CONFIGURATION}{}",
            recipe.configuration
        );
        fs_err::write(bench.configuration(), configuration).unwrap();
        bench.script("setup.sh");
        for name in ["row", "setup.sh", "expected"] {
            let path = bench.path("recipe").join(name);
            if path.is_dir() {
                fs_err::remove_dir_all(path).unwrap();
            } else if path.exists() {
                fs_err::remove_file(path).unwrap();
            }
        }
        copy(&bench.path("recipe"), &bench.path("makepkg/start"));
        copy(&bench.path("recipe"), &bench.path("hive/recipe"));
        bench
    }

    /// Both sides' recipe is the one that is built first.
    pub(crate) fn take_before(&self) {
        for side in ["makepkg/start", "hive/recipe"] {
            let folder = self.path(side);
            fs_err::rename(folder.join("PKGBUILD"), folder.join("PKGBUILD.after")).unwrap();
            fs_err::rename(folder.join("PKGBUILD.before"), folder.join("PKGBUILD")).unwrap();
        }
    }

    /// Both sides' recipe is the one to compare.
    pub(crate) fn take_after(&self) {
        self.script("between.sh");
        for side in ["makepkg/start", "hive/recipe"] {
            let folder = self.path(side);
            fs_err::rename(folder.join("PKGBUILD.after"), folder.join("PKGBUILD")).unwrap();
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.path("makepkg.conf")
    }

    /// Runs a script of the recipe, if it has it.
    fn script(&self, name: &str) {
        let recipe = self.path("recipe");
        if recipe.join(name).exists() {
            let mut command = self.confined(&recipe, &recipe, USER);
            let output = command.args(["bash", "-euo", "pipefail", name]).output().unwrap();
            assert!(output.status.success(), "{name}: {output:#?}");
        }
    }

    /// A program of this host for a user of its own, who sees the host's programs, this row's
    /// folders, and `start` as `inside`. Every process of it ends with it.
    pub(crate) fn confined(&self, start: &Path, inside: &Path, user: &str) -> Command {
        let mut command = Command::new("bwrap");
        command
            .args(["--unshare-user", "--unshare-pid", "--unshare-ipc", "--die-with-parent"])
            .args(["--new-session", "--uid", user, "--gid", user, "--clearenv"])
            .args(["--ro-bind", "/usr", "/usr", "--ro-bind", "/etc", "/etc"])
            .args(["--ro-bind-try", "/var/lib/dpkg", "/var/lib/dpkg"])
            .args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
        for name in ["bin", "sbin", "lib", "lib64"] {
            command.args(["--symlink", &format!("usr/{name}"), &format!("/{name}")]);
        }
        let sources = self.path("sources");
        let variables = [
            ("PATH", "/usr/bin:/bin".into()),
            ("LC_ALL", "C.UTF-8".into()),
            ("HOME", self.path("makepkg/home")),
            ("GNUPGHOME", self.path("gnupg")),
            ("SOURCES", sources),
            ("PKGDEST", self.path("makepkg/packages")),
            ("SRCDEST", self.path("makepkg/sources")),
            ("LOGDEST", self.path("makepkg/logs")),
            // The sandbox has one user: a real attempt to give files away would fail.
            ("FAKEROOTDONTTRYCHOWN", "1".into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_AUTHOR_NAME", "A".into()),
            ("GIT_AUTHOR_EMAIL", "a@example.org".into()),
            ("GIT_AUTHOR_DATE", "2020-01-01T00:00:00Z".into()),
            ("GIT_COMMITTER_NAME", "A".into()),
            ("GIT_COMMITTER_EMAIL", "a@example.org".into()),
            ("GIT_COMMITTER_DATE", "2020-01-01T00:00:00Z".into()),
            ("HGUSER", "a@example.org".into()),
        ];
        for (name, value) in variables {
            command.arg("--setenv").arg(name).arg(value);
        }
        let folder = self.folder.path();
        command.arg("--bind").arg(folder).arg(folder);
        command.arg("--bind").arg(start).arg(inside).arg("--chdir").arg(inside);
        command.stdin(Stdio::null());
        command
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        // Store objects are read-only, their folders too.
        let _ = Command::new("chmod").args(["-R", "u+rwX"]).arg(self.folder.path()).output();
    }
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .args(["-RP", "--preserve=mode,timestamps,links"])
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success(), "{}", from.display());
}
