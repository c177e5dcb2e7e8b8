use std::{io, path::PathBuf};

/// What is wrong with what was set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// A file that was named is not there.
    #[error("no file {}; --config and HIVE_CONFIG name one, or nothing for none at all", .path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("failed to read the configuration")]
    Unreadable(#[source] io::Error),
    /// A file is not TOML.
    #[error("{at}: {message}")]
    Syntax {
        /// Where.
        at: Position,
        /// What the parser says.
        message: String,
    },
    /// A file has a key that means nothing.
    #[error("{at}: unknown key {key:?}{}", .nearest.as_ref().map(|n| format!("; did you mean {n:?}?")).unwrap_or_default())]
    UnknownKey {
        /// Where.
        at: Position,
        /// The key, with its table.
        key: String,
        /// The known key that is most like it.
        nearest: Option<String>,
    },
    /// A value is not of its setting's form.
    #[error("{name} is {value}; it is to be {is}")]
    Value {
        /// The setting as its layer calls it.
        name: String,
        /// What was given.
        value: String,
        /// What a value is.
        is: &'static str,
    },
    /// A setting that needs another one.
    #[error("{set} is set and {not} is not; HTTPS needs both")]
    Alone {
        /// The one.
        set: &'static str,
        /// The other.
        not: &'static str,
    },
    /// A token's file cannot be read.
    #[error("failed to read the token's file")]
    TokenFile(#[source] io::Error),
    /// A token that everybody knows.
    #[error(
        "the token of {name} is empty; write one there, for example that of `openssl rand -hex 32`"
    )]
    EmptyToken {
        /// Where it was looked for.
        name: String,
    },
    /// A token that no HTTP header can carry.
    #[error(
        "the token of {name} has characters that no HTTP header can carry; letters and digits are sure to work"
    )]
    OddToken {
        /// Where it was looked for.
        name: String,
    },
}

/// A place in a file of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// The file.
    pub(super) path: PathBuf,
    /// From 1.
    pub(super) line: usize,
    /// In characters, from 1.
    pub(super) column: usize,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}
