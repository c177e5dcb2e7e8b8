use std::{io, path::PathBuf};

use rbee_hive_artifact_catalog::ErrorKind;

/// Why the sums of a recipe could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ChecksumsError {
    /// The array is not there as plain text.
    #[error("{array} is {how}, so it cannot be rewritten; write it as one plain array")]
    NotPlain {
        /// The array.
        array: String,
        /// What it is instead.
        how: &'static str,
    },
    /// There is no place for an array that is missing.
    #[error(
        "there is no place for {array}: {source_array} is not one plain assignment; add an empty {array}=()"
    )]
    NoPlace {
        /// The checksum array.
        array: String,
        /// The source array.
        source_array: String,
    },
    /// The text could not be followed.
    #[error("line {line} of {} cannot be followed: {what}", path.display())]
    Text {
        /// The PKGBUILD.
        path: PathBuf,
        /// Where.
        line: usize,
        /// Why.
        what: &'static str,
    },
    /// With the new sums, the recipe would be another one.
    #[error("{} would mean something else with the new sums in it; it is left as it was", path.display())]
    Otherwise {
        /// The PKGBUILD.
        path: PathBuf,
    },
    /// Somebody else wrote to it.
    #[error("{} was changed in the meantime; start again", path.display())]
    Changed {
        /// The PKGBUILD.
        path: PathBuf,
    },
    /// It could not be written.
    #[error("failed to write the PKGBUILD")]
    Write(#[source] io::Error),
}

impl ChecksumsError {
    /// What a caller can act on.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::NotPlain { .. }
            | Self::NoPlace { .. }
            | Self::Text { .. }
            | Self::Otherwise { .. } => ErrorKind::RecipeRefused,
            Self::Changed { .. } | Self::Write(_) => ErrorKind::StoreFailed,
        }
    }
}
