use std::{collections::HashMap, path::Path};

use futures_util::{FutureExt, StreamExt, stream};
use reqwest::Client;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::{
    Source, SourceError,
    agent::{AgentDownload, DownloadAgents},
    blocking::blocking,
    cache::{Record, Slot},
    digest::digest_file,
    entry::Location,
    fetched::{Content, Fetched, SourceFile},
    git, hg,
    http::{Download, HttpConfig, client},
    local,
    meter::{Meter, Share},
    svn,
    tool::ToolRunner,
};
use crate::fetch_limit::{FetchLimit, Turn};

/// What [`fetch`] works with.
pub(crate) struct FetchContext<'a> {
    /// The source cache, [`rbee_hive_artifact_catalog::Folders::sources`].
    pub(crate) cache: &'a Path,
    /// The folder of the PKGBUILD.
    pub(crate) recipe: &'a Path,
    /// Only what is there already.
    pub(crate) offline: bool,
    /// Which program fetches what.
    pub(crate) agents: &'a DownloadAgents,
    /// How programs are started.
    pub(crate) runner: &'a ToolRunner,
    /// How HTTP is spoken.
    pub(crate) http: &'a HttpConfig,
    /// What other jobs download at the same time counts too, if there is one.
    pub(crate) limit: Option<&'a FetchLimit>,
    /// Why nothing happens for a while.
    pub(crate) wait: &'a (dyn Fn(String) + Sync),
    /// Bytes done, and of how many if that is known, over all sources.
    pub(crate) progress: &'a (dyn Fn(u64, Option<u64>) + Sync),
    /// Something a person may like to know.
    pub(crate) note: &'a (dyn Fn(String) + Sync),
    /// Something a person should know.
    pub(crate) warn: &'a (dyn Fn(String) + Sync),
}

/// Sources that are fetched at the same time.
const AT_ONCE: usize = 4;

/// Gets every source: from beside the PKGBUILD, from the cache, or from where the recipe says. Their
/// digests are known then, and not yet compared: that is [`super::verify`].
///
/// # Errors
/// The first that fails stops the others.
pub(crate) async fn fetch(
    sources: &[Source],
    ctx: &FetchContext<'_>,
    cancel: &CancellationToken,
) -> Result<Vec<Fetched>, SourceError> {
    check(sources, ctx.agents)?;
    let stop = cancel.child_token();
    let client = OnceCell::new();
    let meter = Meter::new(sources.len(), ctx.progress);
    let jobs = sources.iter().enumerate().map(|(index, source)| {
        let job = Job { source, ctx, client: &client, share: meter.share(index), cancel: &stop };
        async move { job.run().await.map(|content| Fetched { index, content }) }.boxed()
    });
    // Boxed and collected, because the compiler cannot see through the lifetimes of a stream of
    // closures that the whole is `Send`.
    let jobs: Vec<_> = jobs.collect();
    let mut jobs = stream::iter(jobs).buffer_unordered(AT_ONCE);
    let mut fetched = Vec::with_capacity(sources.len());
    let mut failed = None;
    // All are awaited, so that none still writes when this returns.
    while let Some(result) = jobs.next().await {
        match result {
            Ok(content) => fetched.push(content),
            Err(error) => {
                stop.cancel();
                failed.get_or_insert(error);
            }
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    fetched.sort_by_key(|fetched| fetched.index);
    meter.finish();
    Ok(fetched)
}

/// What can be refused before anything is downloaded.
fn check(sources: &[Source], agents: &DownloadAgents) -> Result<(), SourceError> {
    let mut names = HashMap::new();
    for source in sources {
        if let Location::Agent { scheme, .. } = &source.location
            && !agents.knows(scheme)
        {
            return Err(SourceError::NoAgent {
                entry: source.origin.clone(),
                scheme: scheme.clone(),
            });
        }
        let other = names.insert(&source.name, source.url());
        if other.is_some_and(|other| other != source.url()) {
            return Err(SourceError::SameName { name: source.name.to_string() });
        }
    }
    Ok(())
}

/// One source on its way.
struct Job<'a> {
    source: &'a Source,
    ctx: &'a FetchContext<'a>,
    client: &'a OnceCell<Client>,
    share: Share<'a>,
    cancel: &'a CancellationToken,
}

impl Job<'_> {
    async fn run(&self) -> Result<Content, SourceError> {
        if self.cancel.is_cancelled() {
            return Err(SourceError::Cancelled);
        }
        let Self { source, ctx, cancel, .. } = *self;
        let file = match &source.location {
            // None of these says how many bytes there will be, and the others' total is of use.
            Location::Git(git) => {
                self.share.report(0, Some(0));
                let _turn = self.turn().await?;
                return git::fetch(source, git, ctx, cancel).await;
            }
            Location::Hg(hg) => {
                self.share.report(0, Some(0));
                let _turn = self.turn().await?;
                return hg::fetch(source, hg, ctx, cancel).await;
            }
            Location::Svn(svn) => {
                self.share.report(0, Some(0));
                let _turn = self.turn().await?;
                return svn::fetch(source, svn, ctx, cancel).await;
            }
            Location::Local => local::local(source, ctx.recipe, cancel).await?,
            Location::File(path) => local::file(source, path, cancel).await?,
            Location::Http(_) | Location::Agent { .. } => {
                match local::beside_recipe(source, ctx.recipe, cancel).await? {
                    Some(file) => {
                        (ctx.note)(format!("found {} beside the recipe", source.name));
                        file
                    }
                    None => self.cached_or_fetched().await?,
                }
            }
        };
        self.share.report(file.size, Some(file.size));
        Ok(Content::File(file))
    }

    async fn cached_or_fetched(&self) -> Result<SourceFile, SourceError> {
        let Self { source, ctx, cancel, .. } = *self;
        let slot = Slot::new(ctx.cache, source.url(), &source.name);
        let _lock = slot.lock(ctx.note, cancel).await?;
        if let Some(file) = slot.usable(source, cancel).await? {
            (ctx.note)(format!("found {} in the cache", source.name));
            return Ok(file);
        }
        if ctx.offline {
            return Err(SourceError::Offline {
                name: source.name.to_string(),
                url: source.url().to_owned(),
            });
        }
        let _turn = self.turn().await?;
        (ctx.note)(format!("downloading {}", source.name));
        match &source.location {
            Location::Http(url) if !ctx.agents.knows(url.scheme()) => {
                self.download(url, &slot).await
            }
            Location::Http(url) => self.by_agent(url.scheme(), &slot).await,
            Location::Agent { scheme, .. } => self.by_agent(scheme, &slot).await,
            Location::Local
            | Location::File(_)
            | Location::Git(_)
            | Location::Hg(_)
            | Location::Svn(_) => unreachable!("none of these is kept in a slot"),
        }
    }

    /// Waits until no more is downloaded than may be at once.
    async fn turn(&self) -> Result<Option<Turn>, SourceError> {
        let Self { source, ctx, cancel, .. } = *self;
        let Some(limit) = ctx.limit.filter(|_| !ctx.offline) else { return Ok(None) };
        let waits = || (ctx.wait)(format!("other downloads come before {}", source.name));
        limit.turn(&waits, cancel).await.map(Some).ok_or(SourceError::Cancelled)
    }

    async fn download(&self, url: &url::Url, slot: &Slot) -> Result<SourceFile, SourceError> {
        let Self { source, ctx, cancel, .. } = *self;
        let client = self.client.get_or_try_init(async || client(ctx.http)).await?;
        let report = |done, total| self.share.report(done, total);
        let download = Download {
            client,
            retry: &ctx.http.retry,
            url,
            slot,
            wanted: source.wanted(),
            progress: &report,
            warn: ctx.warn,
            cancel,
        };
        let mut downloaded = download.run().await?;
        if downloaded.resumed && downloaded.digests.mismatch(&source.sums).is_some() {
            (ctx.warn)(format!(
                "{} is not what its sums say after it was resumed; downloading it anew",
                source.name
            ));
            slot.discard()?;
            downloaded = download.run().await?;
        }
        slot.keep(&slot.part(), downloaded.digests, &downloaded.record)
    }

    async fn by_agent(&self, scheme: &str, slot: &Slot) -> Result<SourceFile, SourceError> {
        let Self { source, ctx, cancel, .. } = *self;
        let made = AgentDownload {
            agents: ctx.agents,
            runner: ctx.runner,
            cache: ctx.cache,
            slot,
            name: &source.name,
            scheme,
            url: source.url(),
            cancel,
        }
        .run()
        .await?;
        let read = SourceError::io("read what a download agent fetched");
        let (wanted, path, token) = (source.wanted(), made.clone(), cancel.clone());
        let digests =
            blocking(move || digest_file(fs_err::File::open(path)?.file(), &wanted, &token))
                .await
                .map_err(read)?
                .ok_or(SourceError::Cancelled)?;
        let record = Record { url: source.url().to_owned(), ..Record::default() };
        slot.keep(&made, digests, &record)
    }
}
