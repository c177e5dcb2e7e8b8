use std::path::PathBuf;

/// Why an index could not give a recipe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum IndexError {
    /// No recipe of that name.
    #[error("no recipe {name} in {index}; `rbee-hive worker available` lists what there is")]
    NotFound {
        /// The name.
        name: String,
        /// The index.
        index: String,
    },
    /// No recipe at that place.
    #[error("no PKGBUILD at {}: give a PKGBUILD or the folder that holds one", .0.display())]
    NoRecipe(PathBuf),
    /// A file of the index could not be read or written.
    #[error("failed to read the index")]
    Read(#[source] std::io::Error),
    /// The index's server did not give what was asked for.
    #[error("failed to fetch {url}")]
    Fetch {
        /// What was asked for.
        url: String,
        /// The answer.
        source: reqwest::Error,
    },
    /// The index's answer is not what an index answers.
    #[error("the index at {url} answered something else than {wanted}")]
    Answer {
        /// What was asked for.
        url: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// A recipe with this name cannot be asked for.
    #[error("{0:?} is no name of a recipe or of a file beside one")]
    Name(String),
    /// A file that the index does not have in its cache.
    #[error("{url} is not in the cache, and --offline was given")]
    Offline {
        /// What would have to be fetched.
        url: String,
    },
    /// A recipe's file is larger than recipes are.
    #[error("{path} is larger than {limit} bytes, too large for a recipe's file")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// The HTTP client could not be made.
    #[error("failed to prepare the HTTP client")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}
