use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::{HgSource, program::HG};
use crate::source::{
    Source, SourceError,
    cache::{clear, key, lock},
    client::Client,
    digest::MultiHasher,
    fetch::FetchContext,
    fetched::{Content, Vcs},
};

/// Brings the repository's mirror up to date, and finds the wanted node in it.
///
/// Mirrors lie at `sources/hg/<16 hex of the URL's SHA-256>/<name>`. The name is part of the archive
/// that a sum is of, so it is the one that makepkg's mirror has.
pub(in crate::source) async fn fetch(
    source: &Source,
    hg: &HgSource,
    ctx: &FetchContext<'_>,
    cancel: &CancellationToken,
) -> Result<Content, SourceError> {
    let name = source.name.as_str();
    let folder = ctx.cache.join("hg").join(key(&hg.url));
    fs_err::create_dir_all(&folder).map_err(SourceError::io("create the source cache"))?;
    let locks = ctx.cache.join("locks").join(format!("hg-{}", key(&hg.url)));
    let _lock = lock(&locks, name, ctx.note, cancel).await?;
    let mirror = Mirror {
        hg: Client { system: &HG, runner: ctx.runner, cancel, url: &hg.url },
        source: hg,
        path: folder.join(name),
        folder,
    };
    mirror.bring_up_to_date(name, ctx).await?;
    let node = mirror.node().await?.ok_or_else(|| SourceError::NoReference {
        url: hg.url.clone(),
        reference: hg.reference.to_string(),
    })?;
    let wanted = source.wanted();
    let digests = if wanted.is_empty() {
        None
    } else {
        let revision = format!("--rev={node}");
        let args = ["archive", "--type=tar", &revision, "-"];
        Some(mirror.hg.write(&mirror.path, &args, MultiHasher::new(&wanted)).await?.finish())
    };
    Ok(Content::Repository { vcs: Vcs::Hg, mirror: mirror.path, revision: node, digests })
}

/// A repository without a working copy in the cache.
struct Mirror<'a> {
    hg: Client<'a>,
    source: &'a HgSource,
    folder: PathBuf,
    path: PathBuf,
}

impl Mirror<'_> {
    async fn bring_up_to_date(
        &self,
        name: &str,
        ctx: &FetchContext<'_>,
    ) -> Result<(), SourceError> {
        let url = &self.source.url;
        let offline = || SourceError::Offline { name: name.to_owned(), url: url.clone() };
        if !self.usable().await? {
            if ctx.offline {
                return Err(offline());
            }
            (ctx.note)(format!("cloning {url}"));
            return self.clone().await;
        }
        let known = self.node().await?.is_some();
        // A hash names the same node for ever.
        if known && (ctx.offline || self.source.pinned()) {
            return Ok(());
        }
        if ctx.offline {
            return Err(offline());
        }
        (ctx.note)(format!("updating the mirror of {url}"));
        match self.hg.run(&self.path, &["pull", "--quiet"]).await {
            Err(SourceError::Cancelled) => Err(SourceError::Cancelled),
            Err(error) if known => {
                (ctx.warn)(format!("{error}; using the mirror as it is"));
                Ok(())
            }
            pulled => pulled.map(drop),
        }
    }

    /// Whether there is a repository, and one of this URL. What is there and is none is removed.
    async fn usable(&self) -> Result<bool, SourceError> {
        if !self.path.exists() {
            return Ok(false);
        }
        if self.hg.ask(&self.path, &["--cwd=.", "root"]).await?.is_none() {
            clear(&self.path)?;
            return Ok(false);
        }
        self.recover().await?;
        let origin = self.hg.ask(&self.path, &["paths", "default"]).await?.unwrap_or_default();
        // hg shows a path of this machine without its `file://`.
        let url = &self.source.url;
        if origin == *url || url.strip_prefix("file://") == Some(origin.as_str()) {
            return Ok(true);
        }
        let path = self.path.clone();
        Err(SourceError::NotAMirror { path, url: url.clone(), origin })
    }

    /// Undoes what a pull began that was killed. Whoever is here holds the mirror's lock.
    async fn recover(&self) -> Result<(), SourceError> {
        if self.path.join(".hg/store/journal").exists() {
            self.hg.run(&self.path, &["recover"]).await?;
        }
        Ok(())
    }

    async fn clone(&self) -> Result<(), SourceError> {
        let new = self.folder.join("new.part");
        clear(&new)?;
        // By the pull protocol nothing is shared with a repository of this machine.
        let args = ["clone", "--quiet", "--noupdate", "--pull", "--", &self.source.url, "new.part"];
        self.hg.run(&self.folder, &args).await?;
        fs_err::rename(&new, &self.path).map_err(SourceError::io("add to the source cache"))
    }

    async fn node(&self) -> Result<Option<String>, SourceError> {
        for name in self.source.reference.names() {
            let revision = format!("--rev={name}");
            let args = ["log", "--limit=1", &revision, "--template={node}"];
            if let Some(node) = self.hg.ask(&self.path, &args).await?.filter(|n| !n.is_empty()) {
                return Ok(Some(node));
            }
        }
        Ok(None)
    }
}
