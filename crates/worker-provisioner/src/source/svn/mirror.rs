use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use tokio_util::sync::CancellationToken;

use super::{SvnSource, program::SVN};
use crate::source::{
    Source, SourceError,
    cache::{Lock, clear, key, lock},
    client::Client,
    fetch::FetchContext,
    fetched::{Content, Vcs},
};

/// Brings the working copy in the cache to the wanted revision.
///
/// They lie at `sources/svn/<16 hex of URL and revision>/<name>`: a working copy is of one revision,
/// so recipes that want others have others.
pub(in crate::source) async fn fetch(
    source: &Source,
    svn: &SvnSource,
    ctx: &FetchContext<'_>,
    cancel: &CancellationToken,
) -> Result<Content, SourceError> {
    let name = source.name.as_str();
    let folder = ctx.cache.join("svn").join(place(svn));
    fs_err::create_dir_all(&folder).map_err(SourceError::io("create the source cache"))?;
    let _lock = hold(&folder, name, ctx.note, cancel).await?;
    let mirror = Mirror {
        svn: Client { system: &SVN, runner: ctx.runner, cancel, url: &svn.url },
        source: svn,
        path: folder.join(name),
        folder,
    };
    mirror.bring_up_to_date(name, ctx).await?;
    let missing = || SourceError::NoReference {
        url: svn.url.clone(),
        reference: format!("revision {}", svn.revision),
    };
    let revision = mirror.revision().await?.ok_or_else(missing)?;
    if svn.number().is_some_and(|number| !is_number(number, &revision)) {
        return Err(missing());
    }
    Ok(Content::Repository { vcs: Vcs::Svn, mirror: mirror.path, revision, digests: None })
}

/// Whether these are one number, which a recipe may write with leading zeros.
fn is_number(number: &str, revision: &str) -> bool {
    number.trim_start_matches('0') == revision.trim_start_matches('0')
}

fn place(svn: &SvnSource) -> String {
    key(&format!("{}@{}", svn.url, svn.revision))
}

/// The lock of the working copy in `folder`: while it is updated, and while it is copied.
pub(super) async fn hold(
    folder: &Path,
    name: &str,
    note: &(dyn Fn(String) + Sync),
    cancel: &CancellationToken,
) -> Result<Lock, SourceError> {
    lock(&folder.join("lock"), name, note, cancel).await
}

/// A working copy in the cache.
struct Mirror<'a> {
    svn: Client<'a>,
    source: &'a SvnSource,
    folder: PathBuf,
    path: PathBuf,
}

impl Mirror<'_> {
    async fn bring_up_to_date(
        &self,
        name: &str,
        ctx: &FetchContext<'_>,
    ) -> Result<(), SourceError> {
        let SvnSource { url, revision } = self.source;
        let wanted = format!("--revision={revision}");
        // As makepkg: not the user's own, which may lie where nothing can be written.
        let configuration = self.folder.join("configuration");
        let configured = |args: &[&str]| {
            let configuration = ["--config-dir".into(), configuration.clone().into_os_string()];
            let args = args.iter().map(OsString::from);
            configuration.into_iter().chain(args).collect::<Vec<_>>()
        };
        let offline = || SourceError::Offline { name: name.to_owned(), url: url.clone() };
        if !self.usable().await? {
            if ctx.offline {
                return Err(offline());
            }
            (ctx.note)(format!("checking out {url}"));
            let new = self.folder.join("new.part");
            clear(&new)?;
            let args = configured(&["checkout", "--quiet", &wanted, "--", url, "new.part"]);
            self.svn.run(&self.folder, &args).await?;
            return fs_err::rename(&new, &self.path)
                .map_err(SourceError::io("add to the source cache"));
        }
        let there = self.revision().await?;
        let right = self
            .source
            .number()
            .zip(there.as_deref())
            .is_some_and(|(number, there)| is_number(number, there));
        if right || ctx.offline {
            return Ok(());
        }
        (ctx.note)(format!("updating the mirror of {url}"));
        // For one that was killed.
        self.svn.run(&self.path, &["cleanup"]).await?;
        // What stands after the last `@` is a revision, here none.
        let place = format!("{name}@");
        let args = configured(&["update", "--quiet", &wanted, "--", &place]);
        match self.svn.run(&self.folder, &args).await {
            Err(SourceError::Cancelled) => Err(SourceError::Cancelled),
            Err(error) if self.source.number().is_none() => {
                (ctx.warn)(format!("{error}; using the mirror as it is"));
                Ok(())
            }
            updated => updated.map(drop),
        }
    }

    /// Whether there is a working copy, and one of this URL. What is there and is none is removed.
    async fn usable(&self) -> Result<bool, SourceError> {
        if !self.path.exists() {
            return Ok(false);
        }
        let Some(origin) = self.svn.ask(&self.path, &["info", "--show-item=url"]).await? else {
            clear(&self.path)?;
            return Ok(false);
        };
        let url = &self.source.url;
        if origin == url.trim_end_matches('/') {
            return Ok(true);
        }
        let path = self.path.clone();
        Err(SourceError::NotAMirror { path, url: url.clone(), origin })
    }

    async fn revision(&self) -> Result<Option<String>, SourceError> {
        self.svn.ask(&self.path, &["info", "--show-item=revision"]).await
    }
}
