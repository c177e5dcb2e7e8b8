use std::{io, path::PathBuf};

use rbee_hive_artifact_catalog::ErrorKind;

use super::{http::HttpFailure, signature::SignatureProblem, sums::Algorithm};

/// Why the sources of a recipe could not be had, trusted or unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SourceError {
    /// An entry of a source array that cannot be read.
    #[error("source {entry:?}: {reason}")]
    Entry {
        /// The entry as the recipe has it.
        entry: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A version control system that the hive cannot fetch from.
    #[error("source {entry:?}: {scheme} sources are not supported; use git, hg, svn or https")]
    Unsupported {
        /// The entry as the recipe has it.
        entry: String,
        /// `bzr` or `fossil`.
        scheme: String,
    },
    /// A file of this host in a recipe that came from elsewhere.
    #[error(
        "{name} is a file of the hive's host, and a recipe that was sent to the hive cannot have it; put it beside the PKGBUILD"
    )]
    OfHost {
        /// The source's file name.
        name: String,
    },
    /// No program is known for this kind of URL.
    #[error("source {entry:?}: no download agent for {scheme}://")]
    NoAgent {
        /// The entry as the recipe has it.
        entry: String,
        /// The part before `://`.
        scheme: String,
    },
    /// Two different sources would have the same file name.
    #[error("two sources are named {name}; rename one of them with NAME::URL")]
    SameName {
        /// The name.
        name: String,
    },
    /// A checksum array that is not as long as its source array.
    #[error("{array} has {sums} entries for {sources} sources")]
    Counts {
        /// The checksum array.
        array: &'static str,
        /// Its length.
        sums: usize,
        /// The source array's length.
        sources: usize,
    },
    /// A checksum that is none.
    #[error("{array} has {sum:?} for {name}, which is not a checksum of that kind")]
    Sum {
        /// The checksum array.
        array: &'static str,
        /// The source's file name.
        name: String,
        /// The entry as the recipe has it.
        sum: String,
    },
    /// A line of a download agent table that cannot be read.
    #[error("download agent {line:?} is not SCHEME::PROGRAM [ARGUMENTS]")]
    AgentLine {
        /// The line.
        line: String,
    },
    /// A file that should lie beside the recipe does not.
    #[error("{name} is not in the recipe's folder {}", folder.display())]
    LocalMissing {
        /// The file.
        name: String,
        /// The recipe's folder.
        folder: PathBuf,
    },
    /// A `file://` or local source that is no regular file.
    #[error("{} is not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A file beside the recipe that is really somewhere else.
    #[error("{} is a symlink that leads out of the recipe's folder", path.display())]
    Outside {
        /// The path.
        path: PathBuf,
    },
    /// A source is not in the cache and may not be fetched.
    #[error("{name} is not in the cache and the hive is offline (wanted from {url})")]
    Offline {
        /// The source's file name.
        name: String,
        /// Where it would come from.
        url: String,
    },
    /// The HTTP client cannot be set up.
    #[error("no HTTP client; if no certificates are installed, name some in SSL_CERT_FILE")]
    Client(#[source] reqwest::Error),
    /// A file of extra certificates cannot be used.
    #[error("failed to read the certificates of {}", path.display())]
    Certificates {
        /// The PEM file.
        path: PathBuf,
        /// What was wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A source could not be downloaded.
    #[error("failed to download {url} ({attempts} attempts)")]
    Download {
        /// Where from.
        url: String,
        /// How often it was tried.
        attempts: u32,
        /// What the last attempt failed with.
        source: HttpFailure,
    },
    /// A program that fetches sources is not installed.
    #[error(
        "{program} is needed for {needed_for} and is not installed{}",
        package_of(.program).map(|name| format!("; its package is {name}")).unwrap_or_default()
    )]
    MissingProgram {
        /// The program.
        program: String,
        /// The source.
        needed_for: String,
    },
    /// A program that fetches sources failed.
    #[error("{program} failed for {needed_for} ({status}): {output}")]
    Program {
        /// The program.
        program: String,
        /// The source.
        needed_for: String,
        /// How it ended.
        status: String,
        /// The last it wrote to stderr.
        output: String,
    },
    /// A program could not be started or watched.
    #[error("failed to run {program}")]
    Spawn {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The wanted branch, tag or commit does not exist.
    #[error("{url} has no {reference}")]
    NoReference {
        /// The repository.
        url: String,
        /// For example `tag v1.0`.
        reference: String,
    },
    /// A mirror in the cache that is one of another repository.
    #[error("{} is not a mirror of {url} but of {origin}; remove it", path.display())]
    NotAMirror {
        /// The mirror.
        path: PathBuf,
        /// The repository that it should be of.
        url: String,
        /// The repository that it says it is of.
        origin: String,
    },
    /// A working copy that was changed while a job used it.
    #[error("{url} was brought to revision {found} while this job wanted {wanted}; start it again")]
    Moved {
        /// The repository.
        url: String,
        /// The revision that was fetched.
        wanted: String,
        /// The one that is there.
        found: String,
    },
    /// A sum for something that has none.
    #[error("{array} has a sum for {name}, {what}; write SKIP there, or pin the source")]
    NoSum {
        /// The checksum array.
        array: &'static str,
        /// The source's file name.
        name: String,
        /// Why it has none.
        what: &'static str,
    },
    /// A tag object that carries another name than the tag.
    #[error("{url}: the tag {tag} is forged, it holds the tag object of {found}")]
    ForgedTag {
        /// The repository.
        url: String,
        /// The name asked for.
        tag: String,
        /// The name in the object.
        found: String,
    },
    /// A source is not what the recipe says.
    #[error("{name} does not match its {algorithm} sum: expected {expected}, got {actual}")]
    Mismatch {
        /// The source's file name.
        name: String,
        /// The kind of sum.
        algorithm: Algorithm,
        /// The recipe's sum.
        expected: String,
        /// The file's sum.
        actual: String,
    },
    /// A signature that is not good.
    #[error(
        "{name}: {problem}{}",
        if problem.is_unchecked() { ", or pass --allow-unverified" } else { "" }
    )]
    Signature {
        /// The name of the signature file, or of the repository.
        name: String,
        /// What is wrong.
        problem: SignatureProblem,
    },
    /// Sources that nothing vouches for.
    #[error(
        "nothing vouches for {}: give them a checksum or a signature in the recipe, pin a \
         repository to a commit, or pass --allow-unverified",
        names.join(", ")
    )]
    Unverified {
        /// The sources' file names.
        names: Vec<String>,
    },
    /// An archive member that may not be unpacked.
    #[error("refused {member:?} in {archive}: {reason}")]
    Member {
        /// The source's file name.
        archive: String,
        /// The member's name in the archive.
        member: String,
        /// Why.
        reason: &'static str,
    },
    /// An archive is damaged, or cannot be written out.
    #[error("failed to unpack {archive}")]
    Unpack {
        /// The source's file name.
        archive: String,
        /// What the reader or the file system said.
        source: io::Error,
    },
    /// A folder or file of the hive's own could not be used.
    #[error("failed to {action}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// The operating system's answer, with the path.
        source: io::Error,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl SourceError {
    /// What a caller can act on.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Entry { .. }
            | Self::Unsupported { .. }
            | Self::OfHost { .. }
            | Self::NoAgent { .. }
            | Self::SameName { .. }
            | Self::Counts { .. }
            | Self::Sum { .. }
            | Self::NoSum { .. }
            | Self::Outside { .. } => ErrorKind::RecipeRefused,
            Self::AgentLine { .. } => ErrorKind::Usage,
            Self::LocalMissing { .. }
            | Self::NotAFile { .. }
            | Self::Offline { .. }
            | Self::Client(_)
            | Self::Certificates { .. }
            | Self::Download { .. }
            | Self::Program { .. }
            | Self::Spawn { .. }
            | Self::NoReference { .. }
            | Self::NotAMirror { .. }
            | Self::Moved { .. }
            | Self::ForgedTag { .. }
            | Self::Mismatch { .. }
            | Self::Unverified { .. }
            | Self::Signature { .. }
            | Self::Member { .. }
            | Self::Unpack { .. } => ErrorKind::SourceFailed,
            Self::MissingProgram { .. } => ErrorKind::MissingDependency,
            Self::Io { .. } => ErrorKind::StoreFailed,
            Self::Cancelled => ErrorKind::Cancelled,
        }
    }

    /// For `map_err` on the hive's own files.
    pub(super) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}

/// The package of a program, by the name that most distributions use, if it is not the program's.
fn package_of(program: &str) -> Option<&str> {
    match program {
        "hg" => Some("mercurial"),
        "svn" => Some("subversion"),
        "gpg" => Some("gnupg"),
        _ => None,
    }
}
