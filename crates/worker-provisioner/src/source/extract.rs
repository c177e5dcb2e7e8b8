use std::{
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio_util::sync::CancellationToken;

pub(crate) use super::archive::Limits;
use super::{
    Source, SourceError,
    archive::{self, Compression, Holds, Input, Refusal, Tree, is_cancelled},
    blocking::blocking,
    entry::Location,
    fetched::{Content, Fetched, SourceFile},
    git, hg, svn,
    tool::ToolRunner,
};

/// What [`extract`] works with.
pub(crate) struct ExtractContext<'a> {
    /// How programs are started.
    pub(crate) runner: &'a ToolRunner,
    /// A folder of the job outside `srcdir`, best on the cache's file system: cached files are held
    /// there by hard links while the build may look at them.
    pub(crate) held: &'a Path,
    /// How much may come out.
    pub(crate) limits: Limits,
    /// Bytes of sources done, and of how many.
    pub(crate) progress: &'a (dyn Fn(u64, Option<u64>) + Sync),
    /// Something a person may like to know.
    pub(crate) note: &'a (dyn Fn(String) + Sync),
    /// Something a person should know.
    pub(crate) warn: &'a (dyn Fn(String) + Sync),
}

/// A file that is to appear in `srcdir` and is too large to be copied there.
///
/// It is the cache's own file, so the build must not be able to write to it: mount it read-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    /// Where it is on the host.
    pub(crate) host: PathBuf,
    /// Its name in `srcdir`.
    pub(crate) name: String,
}

impl Mount {
    /// For a sandbox that cannot mount: copies it, sharing blocks where the file system can.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub(crate) fn copy_into(&self, srcdir: &Path) -> io::Result<()> {
        fs_err::copy(&self.host, srcdir.join(&self.name))?;
        Ok(())
    }
}

/// Cached files up to this size are copied.
const COPIED: u64 = 1 << 20;

/// Puts every source into `srcdir`, which exists and which no process of the recipe can see yet:
/// files under their names, repositories checked out, archives unpacked unless in `noextract`.
///
/// # Errors
/// If an archive is damaged or a member of it may not be unpacked; then `srcdir` is half full.
pub(crate) async fn extract(
    sources: &[Source],
    fetched: &[Fetched],
    srcdir: &Path,
    ctx: &ExtractContext<'_>,
    cancel: &CancellationToken,
) -> Result<Vec<Mount>, SourceError> {
    let stop = cancel.child_token();
    let _stop = stop.clone().drop_guard();
    fs_err::create_dir_all(ctx.held).map_err(SourceError::io("create the job's folder"))?;
    let total: u64 = fetched.iter().map(Fetched::size).sum();
    let mut done = 0;
    let mut mounts = Vec::new();
    let mut limits = ctx.limits;
    for fetched in fetched {
        let source = &sources[fetched.index];
        match (&fetched.content, &source.location) {
            (Content::Repository { mirror, revision, .. }, location) => {
                (ctx.note)(format!("checking out {}", source.name));
                let (name, runner) = (&source.name, ctx.runner);
                match location {
                    Location::Git(git) => {
                        git::checkout(name, git, mirror, revision, srcdir, runner, &stop).await?;
                    }
                    Location::Hg(hg) => {
                        hg::checkout(name, hg, mirror, revision, srcdir, runner, &stop).await?;
                    }
                    Location::Svn(svn) => {
                        svn::checkout(name, svn, mirror, revision, srcdir, runner, &stop).await?;
                    }
                    _ => unreachable!("only a repository has a mirror"),
                }
            }
            (Content::File(file), _) => {
                let unpacking = Unpacking {
                    source: source.clone(),
                    file: file.clone(),
                    srcdir: srcdir.to_owned(),
                    held: ctx.held.join(fetched.index.to_string()),
                    limits,
                };
                let outcome = watched(unpacking, total, done, ctx, &stop).await?;
                limits = outcome.limits;
                outcome.warnings.into_iter().for_each(|warning| {
                    (ctx.warn)(format!("{}: {warning}", source.name));
                });
                mounts.extend(outcome.mount);
                done += file.size;
            }
        }
        (ctx.progress)(done, Some(total));
    }
    // An archive may have had a member of that name.
    mounts.retain(|mount| fs_err::symlink_metadata(srcdir.join(&mount.name)).is_err());
    Ok(mounts)
}

impl Fetched {
    fn size(&self) -> u64 {
        match &self.content {
            Content::File(file) => file.size,
            Content::Repository { .. } => 0,
        }
    }
}

/// Runs one on its thread, and reports while it goes.
async fn watched(
    unpacking: Unpacking,
    total: u64,
    before: u64,
    ctx: &ExtractContext<'_>,
    cancel: &CancellationToken,
) -> Result<Outcome, SourceError> {
    let read = Arc::new(AtomicU64::new(0));
    let size = unpacking.file.size;
    let input =
        Input::new(Arc::clone(&unpacking.file.file), size, Arc::clone(&read), cancel.clone());
    let archive = unpacking.source.name.to_string();
    let mut work = std::pin::pin!(blocking(move || unpacking.run(&input)));
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    let outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome,
            _ = tick.tick() => {
                // Some bytes are read twice.
                (ctx.progress)(before + read.load(Ordering::Relaxed).min(size), Some(total));
            }
        }
    };
    outcome.map_err(|error| {
        if is_cancelled(&error) {
            return SourceError::Cancelled;
        }
        match error.downcast::<Refusal>() {
            Ok(Refusal { member, reason }) => SourceError::Member { archive, member, reason },
            Err(source) => SourceError::Unpack { archive, source },
        }
    })
}

/// One file's way into `srcdir`.
struct Unpacking {
    source: Source,
    file: SourceFile,
    srcdir: PathBuf,
    held: PathBuf,
    limits: Limits,
}

struct Outcome {
    mount: Option<Mount>,
    warnings: Vec<String>,
    limits: Limits,
}

impl Unpacking {
    fn run(self, input: &Input) -> io::Result<Outcome> {
        let name = self.source.name.as_str();
        let mut tree = Tree::open(&self.srcdir, self.limits)?;
        let holds =
            if self.source.noextract { Holds::Plain } else { Holds::detect(input.clone())? };
        // A recipe may change, move or make executable what is not unpacked: that is its own copy.
        let mount = self.place(input, &mut tree, matches!(holds, Holds::Archive(_)))?;
        match holds {
            Holds::Archive(format) => archive::unpack(format, input.clone(), &mut tree)?,
            Holds::Compressed(compression) => {
                if let Some(stem) = decompressed(name, compression) {
                    self.put(&mut tree, stem, &mut *compression.reader(input.clone())?)?;
                }
            }
            Holds::Plain => {}
        }
        tree.finish()?;
        Ok(Outcome { mount, warnings: tree.warnings(), limits: tree.limits() })
    }

    /// The file itself, under its name.
    fn place(&self, input: &Input, tree: &mut Tree, archive: bool) -> io::Result<Option<Mount>> {
        let name = self.source.name.as_str();
        if archive && self.file.cached && self.file.size > COPIED && self.hold().is_ok() {
            return Ok(Some(Mount { host: self.held.clone(), name: name.to_owned() }));
        }
        self.put(tree, name, &mut input.clone())?;
        Ok(None)
    }

    fn put(&self, tree: &mut Tree, name: &str, content: &mut dyn io::Read) -> io::Result<()> {
        let metadata = self.file.file.metadata()?;
        // A script beside the PKGBUILD stays executable.
        let mode = if self.file.cached { 0o644 } else { metadata.permissions().mode() | 0o600 };
        tree.put(name, mode, metadata.modified()?, content)
    }

    /// A name of the job's own for the very file that was verified, whatever becomes of the name in
    /// the cache.
    fn hold(&self) -> io::Result<()> {
        use rustix::fs::{AtFlags, CWD, linkat};
        use std::os::fd::AsRawFd;
        let open = format!("/proc/self/fd/{}", self.file.file.as_raw_fd());
        Ok(linkat(CWD, open, CWD, &self.held, AtFlags::SYMLINK_FOLLOW)?)
    }
}

/// What a single compressed file is called without its extension.
fn decompressed(name: &str, compression: Compression) -> Option<&str> {
    let stem = |extension: &&str| {
        let at = name.len().checked_sub(extension.len())?;
        let found = name.get(at..)?.eq_ignore_ascii_case(extension);
        (found && at > 0).then(|| &name[..at])
    };
    compression.extensions().iter().find_map(stem)
}
