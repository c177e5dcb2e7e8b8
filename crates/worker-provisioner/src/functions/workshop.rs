use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use rbee_hive_artifact_catalog::{Architecture, WorkerType};
use tokio_util::sync::CancellationToken;

use crate::{
    dependency::Seen,
    events::JobEvents,
    host,
    package::PackageError,
    recipe::{START, platform_environment},
    sandbox::{Confined, Mount, Tier},
    settings::{SOURCE_DATE_EPOCH, Settings},
};

const HOSTS: &str = "127.0.0.1 localhost\n::1 localhost\n";

/// The folders of one build on the host, and what its functions see of them:
///
/// ```text
/// <build>/start/      /build        read-only: the PKGBUILD and its local files
/// <build>/start/src/  /build/src    writable: the extracted sources
/// <parts>/NAME/       /build/pkg/NAME  writable in package functions only
/// <build>/tmp/        /tmp          writable; HOME is /tmp/home
/// ```
#[derive(Debug)]
pub(crate) struct Workshop<'a> {
    pub(crate) tier: &'a Tier,
    /// `<build>`.
    pub(crate) build: &'a Path,
    /// The folder on the store's file system that the packages are made in.
    pub(crate) parts: &'a Path,
    /// Sources that are shown in `srcdir` rather than copied there.
    pub(crate) sources: Vec<Mount>,
    /// Results of other recipes, seen at their places.
    pub(crate) dependencies: &'a Seen,
    pub(crate) settings: &'a Settings,
    pub(crate) base_name: &'a str,
    pub(crate) architecture: Architecture,
    pub(crate) backend: WorkerType,
    pub(crate) network_in_prepare: bool,
    pub(crate) devices: bool,
    pub(crate) events: &'a JobEvents,
    pub(crate) cancel: &'a CancellationToken,
}

impl Workshop<'_> {
    /// The folder of the PKGBUILD in a build folder.
    pub(crate) fn start(build: &Path) -> PathBuf {
        build.join("start")
    }

    /// Makes the folders of a build.
    ///
    /// # Errors
    /// If one cannot be made.
    pub(crate) fn lay_out(build: &Path) -> io::Result<()> {
        let start = Self::start(build);
        for folder in
            [start.join("src"), start.join("pkg"), build.join("tmp/home"), build.join("etc")]
        {
            fs_err::create_dir_all(folder)?;
        }
        let (passwd, group) = host::system_users();
        for (name, text) in [("passwd", &*passwd), ("group", &*group), ("hosts", HOSTS)] {
            fs_err::write(build.join("etc").join(name), text)?;
        }
        Ok(())
    }

    /// The folder to run in, as it is seen, and all that a function sees.
    pub(super) fn mounts(
        &self,
        packages: &[&str],
        state: &[u8],
        network: bool,
    ) -> io::Result<(PathBuf, Vec<Mount>)> {
        let start = Self::start(self.build);
        let inside = Path::new(START);
        let (src, tmp, etc) = (start.join("src"), self.build.join("tmp"), self.build.join("etc"));
        let mut mounts = vec![
            Mount::read(&start, inside),
            Mount::write(src, inside.join("src")),
            Mount::write(tmp, "/tmp"),
            Mount::read(etc.join("passwd"), "/etc/passwd"),
            Mount::read(etc.join("group"), "/etc/group"),
        ];
        if !network {
            mounts.push(Mount::read(etc.join("hosts"), "/etc/hosts"));
        }
        mounts.extend(self.sources.iter().cloned());
        mounts.extend(self.dependencies.mounts());
        for package in packages {
            // The mount point lies in the read-only folder, so it is made on the host.
            fs_err::create_dir_all(start.join("pkg").join(package))?;
            let part = self.parts.join(package);
            fs_err::create_dir_all(&part)?;
            mounts.push(Mount::write(part, inside.join("pkg").join(package)));
        }
        self.settings.write_to(&self.build.join("settings"))?;
        mounts.push(Mount::read(self.build.join("settings"), self.seen_settings()));
        if !state.is_empty() {
            fs_err::write(self.build.join("state"), state)?;
            mounts.push(Mount::read(self.build.join("state"), self.seen_state()));
        }
        Ok((self.seen_start(), mounts))
    }

    /// A script of ours, to run in bash where the functions run, with what these packages have.
    ///
    /// # Errors
    /// If a folder for it cannot be made.
    pub(crate) fn confine(
        &self,
        script: &str,
        name: &str,
        args: Vec<OsString>,
        packages: &[&str],
    ) -> io::Result<Confined> {
        let (folder, mounts) = self.mounts(packages, &[], false)?;
        let bash = ["--norc", "--noprofile", "-c", script, name].map(OsString::from);
        let mut confined = Confined {
            program: "/bin/bash".into(),
            args: bash.into_iter().chain(args).collect(),
            env: self.environment(),
            folder,
            mounts,
            network: false,
            devices: false,
            channel: false,
        };
        if Self::has_fakeroot() {
            self.under_fakeroot(&mut confined)?;
        }
        Ok(confined)
    }

    /// Does work that blocks on a thread of its own; it looks at the token that it gets.
    ///
    /// # Errors
    /// What the work fails with.
    pub(crate) async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&CancellationToken) -> Result<T, PackageError> + Send + 'static,
    ) -> Result<T, PackageError> {
        let cancel = self.cancel.clone();
        tokio::task::spawn_blocking(move || work(&cancel))
            .await
            .map_err(|error| PackageError::Folder(io::Error::other(error)))?
    }

    /// Where a function finds its `startdir`.
    pub(crate) fn seen_start(&self) -> PathBuf {
        self.tier.seen(&Self::start(self.build), Path::new(START)).to_owned()
    }

    /// Where a package's function finds its `pkgdir`.
    pub(crate) fn seen_package(&self, package: &str) -> PathBuf {
        let inside = Path::new(START).join("pkg").join(package);
        self.tier.seen(&self.parts.join(package), &inside).to_owned()
    }

    pub(super) fn seen_state(&self) -> PathBuf {
        self.tier.seen(&self.build.join("state"), Path::new("/run/state")).to_owned()
    }

    pub(super) fn seen_settings(&self) -> PathBuf {
        self.tier.seen(&self.build.join("settings"), Path::new("/run/settings")).to_owned()
    }

    pub(super) fn environment(&self) -> Vec<(String, OsString)> {
        let tmp = self.build.join("tmp");
        let tmp = self.tier.seen(&tmp, Path::new("/tmp"));
        let mut env = platform_environment(self.architecture, self.backend);
        let own: [(&str, OsString); 6] = [
            ("SOURCE_DATE_EPOCH", SOURCE_DATE_EPOCH.into()),
            ("PYTHONHASHSEED", "0".into()),
            ("TMPDIR", tmp.into()),
            ("HOME", tmp.join("home").into()),
            // Root inside owns nothing outside: tar must not try to give files away.
            ("TAR_OPTIONS", "--no-same-owner".into()),
            ("USER", "root".into()),
        ];
        env.extend(own.map(|(name, value)| (name.to_owned(), value)));
        env.extend(self.dependencies.environment(self.tier));
        env
    }
}
