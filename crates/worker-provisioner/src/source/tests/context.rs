use std::{path::PathBuf, sync::Mutex, time::Duration};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::source::{
    Algorithm, Content, DownloadAgents, ExtractContext, FetchContext, Fetched, HttpConfig, Limits,
    Mount, Retry, Source, SourceError, SourceFile, Sum, ToolRunner, digest::hex, extract, fetch,
};

/// A cache, a recipe folder and a `srcdir` of a test's own.
pub(super) struct TestContext {
    pub(super) folder: TempDir,
    pub(super) offline: bool,
    pub(super) agents: DownloadAgents,
    pub(super) runner: ToolRunner,
    pub(super) http: HttpConfig,
    pub(super) limits: Limits,
    pub(super) cancel: CancellationToken,
    pub(super) said: Mutex<Vec<String>>,
    pub(super) progress: Mutex<Vec<(u64, Option<u64>)>>,
}

impl TestContext {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["cache", "recipe", "srcdir"] {
            fs_err::create_dir(folder.path().join(name)).unwrap();
        }
        let pause = Duration::from_millis(5);
        Self {
            folder,
            offline: false,
            agents: DownloadAgents::default(),
            runner: ToolRunner::Bwrap("bwrap".into()),
            http: HttpConfig {
                proxies: false,
                retry: Retry { pause, ..Retry::default() },
                ..HttpConfig::default()
            },
            limits: Limits::default(),
            cancel: CancellationToken::new(),
            said: Mutex::default(),
            progress: Mutex::default(),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) async fn fetch(&self, sources: &[Source]) -> Result<Vec<Fetched>, SourceError> {
        let say = |text: String| self.said.lock().unwrap().push(text);
        let progress = |done, total| self.progress.lock().unwrap().push((done, total));
        let ctx = FetchContext {
            cache: &self.path("cache"),
            recipe: &self.path("recipe"),
            offline: self.offline,
            agents: &self.agents,
            runner: &self.runner,
            http: &self.http,
            limit: None,
            wait: &say,
            progress: &progress,
            note: &say,
            warn: &say,
        };
        fetch(sources, &ctx, &self.cancel).await
    }

    pub(super) async fn fetch_one(&self, source: &Source) -> Result<SourceFile, SourceError> {
        let fetched = self.fetch(std::slice::from_ref(source)).await?.remove(0);
        match fetched.content {
            Content::File(file) => Ok(file),
            Content::Repository { .. } => panic!("a repository"),
        }
    }

    pub(super) async fn extract(
        &self,
        sources: &[Source],
        fetched: &[Fetched],
    ) -> Result<Vec<Mount>, SourceError> {
        let say = |text: String| self.said.lock().unwrap().push(text);
        let ctx = ExtractContext {
            runner: &self.runner,
            held: &self.path("held"),
            limits: self.limits,
            progress: &|_, _| {},
            note: &say,
            warn: &say,
        };
        extract(sources, fetched, &self.path("srcdir"), &ctx, &self.cancel).await
    }

    pub(super) fn said(&self, text: &str) -> bool {
        self.said.lock().unwrap().iter().any(|said| said.contains(text))
    }
}

/// A source with the SHA-256 of what it is to be.
pub(super) fn summed(entry: &str, content: &[u8]) -> Source {
    let mut source = Source::parse(entry).unwrap();
    source.sums.push((Algorithm::Sha256, Sum::Hex(hex(&Sha256::digest(content)))));
    source
}

/// A source with `SKIP`.
pub(super) fn skipped(entry: &str) -> Source {
    let mut source = Source::parse(entry).unwrap();
    source.sums.push((Algorithm::Sha256, Sum::Skip));
    source
}

/// Bytes that do not repeat soon.
pub(super) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    })
    .take(length)
    .collect()
}
