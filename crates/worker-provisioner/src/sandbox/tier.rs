use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// How a program is confined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tier {
    /// By this `bwrap` program.
    Bwrap(PathBuf),
    /// Not at all.
    None,
}

impl Tier {
    /// The name in events and in the provenance.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Bwrap(_) => "bwrap",
            Self::None => "none",
        }
    }

    /// Where a program sees a mount: at its place inside, or, unconfined, where it really is.
    pub(crate) fn seen<'a>(&self, host: &'a Path, inside: &'a Path) -> &'a Path {
        match self {
            Self::Bwrap(_) => inside,
            Self::None => host,
        }
    }
}

/// What a program may do with a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// `host` is not looked at outside: it is what a link inside leads to.
    Link,
    /// The `usr` of a tree of the store is seen at `/usr`, over the host's. Of several, the first is
    /// seen over the others.
    Layer,
}

/// A file or folder of the host, or a link, that the program sees.
#[derive(Debug, Clone)]
pub(crate) struct Mount {
    pub(crate) host: PathBuf,
    pub(crate) inside: PathBuf,
    pub(crate) access: Access,
}

impl Mount {
    pub(crate) fn read(host: impl Into<PathBuf>, inside: impl Into<PathBuf>) -> Self {
        Self { host: host.into(), inside: inside.into(), access: Access::Read }
    }

    pub(crate) fn write(host: impl Into<PathBuf>, inside: impl Into<PathBuf>) -> Self {
        Self { host: host.into(), inside: inside.into(), access: Access::Write }
    }

    pub(crate) fn link(target: impl Into<PathBuf>, inside: impl Into<PathBuf>) -> Self {
        Self { host: target.into(), inside: inside.into(), access: Access::Link }
    }

    pub(crate) fn layer(tree: impl Into<PathBuf>) -> Self {
        Self { host: tree.into(), inside: "/usr".into(), access: Access::Layer }
    }
}

/// A program to run, and all that it may see besides the toolchain in `/usr`.
#[derive(Debug, Clone)]
pub(crate) struct Confined {
    /// The program, as it is seen inside.
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    /// The whole environment.
    pub(crate) env: Vec<(String, OsString)>,
    /// The working folder, as it is seen inside.
    pub(crate) folder: PathBuf,
    /// In this order; a later one may lie in an earlier one.
    pub(crate) mounts: Vec<Mount>,
    /// Whether it sees the host's network.
    pub(crate) network: bool,
    /// Whether it sees the host's graphics devices, and the vendor's libraries in `/opt`.
    pub(crate) devices: bool,
    /// Whether it may write descriptor 3, which comes back as [`super::Ending::channel`].
    pub(crate) channel: bool,
}
