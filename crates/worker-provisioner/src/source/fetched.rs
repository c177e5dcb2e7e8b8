use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Algorithm, digest::Digests};

/// What [`super::fetch`] found for one source.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    /// Which of the sources.
    pub(crate) index: usize,
    /// The content.
    pub(crate) content: Content,
}

/// The content of one source.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// A file.
    File(SourceFile),
    /// A revision in a mirror of its repository.
    Repository {
        /// What kind of repository.
        vcs: Vcs,
        /// The mirror in the cache.
        mirror: PathBuf,
        /// A commit's full hash; of Subversion, the number.
        revision: String,
        /// Of the tar that the system makes of it, if the recipe has sums for it.
        digests: Option<Digests>,
    },
}

/// A version control system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vcs {
    /// git.
    Git,
    /// Mercurial.
    Hg,
    /// Subversion.
    Svn,
}

impl Vcs {
    /// As it stands before `+` in an entry.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Hg => "hg",
            Self::Svn => "svn",
        }
    }
}

/// An open file whose digests are known.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// Where it was opened.
    pub(crate) path: PathBuf,
    /// The handle: it still has the verified bytes when another process replaces the cached file.
    pub(crate) file: Arc<File>,
    /// Its bytes.
    pub(crate) size: u64,
    /// Its sums.
    pub(crate) digests: Digests,
    /// It belongs to the cache, and is not a file of the user.
    pub(crate) cached: bool,
}

impl Fetched {
    /// Where a file that was fetched lies.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.content {
            Content::File(file) => Some(&file.path),
            Content::Repository { .. } => None,
        }
    }

    /// A sum of it, if it was asked for.
    pub(crate) fn sum(&self, algorithm: Algorithm) -> Option<&str> {
        match &self.content {
            Content::File(SourceFile { digests, .. })
            | Content::Repository { digests: Some(digests), .. } => digests.get(algorithm),
            Content::Repository { digests: None, .. } => None,
        }
    }

    /// What identifies the content, as a provenance has it: `sha256:<hex>`, `git:<commit>`,
    /// `hg:<node>` or `svn:<revision>`.
    pub(crate) fn digest(&self) -> String {
        match &self.content {
            Content::File(file) => format!("sha256:{}", file.digests.sha256()),
            Content::Repository { vcs, revision, .. } => format!("{}:{revision}", vcs.as_str()),
        }
    }
}
