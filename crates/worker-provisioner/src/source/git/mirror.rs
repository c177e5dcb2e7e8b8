use std::{
    io,
    path::{Path, PathBuf},
};

use tokio_util::sync::CancellationToken;

use super::{GitReference, GitSource, program::GIT};
use crate::source::{
    Source, SourceError,
    cache::{clear, key, lock},
    client::Client,
    digest::MultiHasher,
    fetch::FetchContext,
    fetched::{Content, Vcs},
};

/// Brings the repository's mirror up to date, and finds the wanted commit in it.
///
/// Mirrors lie at `sources/git/<16 hex of the URL's SHA-256>/<name>`, so one never changes its URL.
pub(in crate::source) async fn fetch(
    source: &Source,
    git: &GitSource,
    ctx: &FetchContext<'_>,
    cancel: &CancellationToken,
) -> Result<Content, SourceError> {
    let name = source.name.as_str();
    let folder = ctx.cache.join("git").join(key(&git.url));
    fs_err::create_dir_all(&folder).map_err(SourceError::io("create the source cache"))?;
    let locks = ctx.cache.join("locks").join(format!("git-{}", key(&git.url)));
    let _lock = lock(&locks, name, ctx.note, cancel).await?;
    let mirror = Mirror {
        git: Client { system: &GIT, runner: ctx.runner, cancel, url: &git.url },
        source: git,
        path: folder.join(name),
        folder,
    };
    mirror.bring_up_to_date(ctx).await?;
    if let GitReference::Tag(tag) = &git.reference {
        mirror.refuse_forged(tag).await?;
    }
    let commit = mirror.commit().await?.ok_or_else(|| mirror.no_reference())?;
    let wanted = source.wanted();
    let digests = if wanted.is_empty() {
        None
    } else {
        // As makepkg: the sum of a commit is that of its archive.
        let args = ["-c", "tar.umask=0002", "archive", "--format=tar", &commit];
        Some(mirror.git.write(&mirror.path, &args, MultiHasher::new(&wanted)).await?.finish())
    };
    let mirror = mirror.path;
    Ok(Content::Repository { vcs: Vcs::Git, mirror, revision: commit, digests })
}

/// A bare repository in the cache with all the refs of its remote.
struct Mirror<'a> {
    git: Client<'a>,
    source: &'a GitSource,
    folder: PathBuf,
    path: PathBuf,
}

impl Mirror<'_> {
    async fn bring_up_to_date(&self, ctx: &FetchContext<'_>) -> Result<(), SourceError> {
        let url = &self.source.url;
        if !self.usable().await? {
            if ctx.offline {
                return Err(self.offline());
            }
            (ctx.note)(format!("cloning {url}"));
            return self.clone().await;
        }
        // A hash names the same commit for ever.
        if self.source.pinned() && self.commit().await?.is_some() {
            return Ok(());
        }
        if ctx.offline {
            return match self.commit().await? {
                Some(_) => Ok(()),
                None => Err(self.offline()),
            };
        }
        (ctx.note)(format!("updating the mirror of {url}"));
        match self.update().await {
            Err(SourceError::Cancelled) => Err(SourceError::Cancelled),
            Err(error) if self.commit().await?.is_some() => {
                (ctx.warn)(format!("{error}; using the mirror as it is"));
                Ok(())
            }
            updated => updated,
        }
    }

    /// Whether there is a repository. What is there and is none is removed.
    async fn usable(&self) -> Result<bool, SourceError> {
        if !self.path.exists() {
            return Ok(false);
        }
        let found = self.git.ask(&self.path, &["rev-parse", "--git-dir"]).await?;
        if found.as_deref() != Some(".") {
            clear(&self.path)?;
            return Ok(false);
        }
        let origin = ["config", "--get", "remote.origin.url"];
        let origin = self.git.ask(&self.path, &origin).await?.unwrap_or_default();
        let url = &self.source.url;
        if origin != *url && origin != remote(url) {
            let path = self.path.clone();
            return Err(SourceError::NotAMirror { path, url: url.clone(), origin });
        }
        Ok(true)
    }

    async fn clone(&self) -> Result<(), SourceError> {
        let new = self.folder.join("new.part");
        clear(&new)?;
        let remote = remote(&self.source.url);
        let args = ["clone", "--quiet", "--mirror", "--template=", "--", &remote, "new.part"];
        self.git.run(&self.folder, &args).await?;
        self.fetch_hidden(&new).await?;
        fs_err::rename(&new, &self.path).map_err(SourceError::io("add to the source cache"))
    }

    async fn update(&self) -> Result<(), SourceError> {
        self.clear_leftovers().map_err(SourceError::io("clear a mirror"))?;
        self.git.run(&self.path, &["fetch", "--quiet", "--prune", "origin"]).await?;
        if self.source.reference == GitReference::Default {
            self.follow_default_branch().await?;
        }
        self.fetch_hidden(&self.path).await
    }

    /// A git that was killed leaves its lock files and half a pack, and the next one stops at them.
    /// Whoever is here holds the mirror's own lock, so nobody else's are among them.
    fn clear_leftovers(&self) -> io::Result<()> {
        let packs = Path::new("objects/pack");
        for entry in walkdir::WalkDir::new(&self.path).into_iter().filter_map(Result::ok) {
            let name = entry.file_name().as_encoded_bytes();
            let lock = name.ends_with(b".lock");
            let half = name.starts_with(b"tmp_") && entry.path().starts_with(self.path.join(packs));
            if entry.file_type().is_file() && (lock || half) {
                fs_err::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// A remote's default branch may be another one by now, and `git fetch` does not say.
    async fn follow_default_branch(&self) -> Result<(), SourceError> {
        let heads = self.git.ask(&self.path, &["ls-remote", "--symref", "origin", "HEAD"]).await?;
        let branch = heads.as_deref().and_then(|heads| {
            heads.lines().find_map(|line| line.strip_prefix("ref: ")?.strip_suffix("\tHEAD"))
        });
        if let Some(branch) = branch {
            self.git.run(&self.path, &["symbolic-ref", "HEAD", branch]).await?;
        }
        Ok(())
    }

    /// A commit that no ref leads to any more; many servers still give it by its hash.
    async fn fetch_hidden(&self, mirror: &Path) -> Result<(), SourceError> {
        if let GitReference::Commit(commit) = &self.source.reference
            && self.source.pinned()
            && self.commit_in(mirror).await?.is_none()
        {
            // Whether it came is asked later.
            self.git.ask(mirror, &["fetch", "--quiet", "origin", commit.as_str()]).await?;
        }
        Ok(())
    }

    async fn commit(&self) -> Result<Option<String>, SourceError> {
        self.commit_in(&self.path).await
    }

    async fn commit_in(&self, mirror: &Path) -> Result<Option<String>, SourceError> {
        let revision = format!("{}^{{commit}}", self.source.reference.revision());
        self.git.ask(mirror, &["rev-parse", "--verify", "--quiet", &revision]).await
    }

    /// A server can give out the signed tag object of an old release under a new release's name.
    async fn refuse_forged(&self, tag: &str) -> Result<(), SourceError> {
        let object = self.source.reference.revision();
        // A tag without an object of its own has no name to compare.
        let Some(object) = self.git.ask(&self.path, &["cat-file", "tag", &object]).await? else {
            return Ok(());
        };
        let found = object.lines().find_map(|line| line.strip_prefix("tag ")).unwrap_or_default();
        if found == tag {
            return Ok(());
        }
        Err(SourceError::ForgedTag {
            url: self.source.url.clone(),
            tag: tag.to_owned(),
            found: found.to_owned(),
        })
    }

    fn no_reference(&self) -> SourceError {
        SourceError::NoReference {
            url: self.source.url.clone(),
            reference: self.source.reference.to_string(),
        }
    }

    fn offline(&self) -> SourceError {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        SourceError::Offline { name, url: self.source.url.clone() }
    }
}

/// What git is told to clone. It takes a bundle by its path only; a repository goes by its URL, so
/// that nothing of it is shared with the mirror.
fn remote(url: &str) -> String {
    match url.strip_prefix("file://") {
        Some(path) if Path::new(path).is_file() => path.to_owned(),
        _ => url.to_owned(),
    }
}
