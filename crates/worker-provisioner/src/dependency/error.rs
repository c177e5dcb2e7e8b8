use rbee_hive_artifact_catalog::ErrorKind;

/// Why what a recipe needs of the index cannot be had together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DependencyError {
    /// A recipe needs itself, through others.
    #[error(
        "recipes depend on each other in a circle: {}; take one of these dependencies out", .path.join(" -> ")
    )]
    Cycle {
        /// From a recipe to itself.
        path: Vec<String>,
    },
    /// Two recipes that are needed together refuse each other.
    #[error("{one} conflicts with {other}, and {root} needs both; its conflicts entry is {entry}")]
    Conflict {
        /// What is to be built.
        root: String,
        /// Who says so.
        one: String,
        /// With whom.
        other: String,
        /// How it is written.
        entry: String,
    },
    /// A recipe that is needed cannot be used.
    #[error("{needed}, which {by} needs, cannot be used")]
    Unusable {
        /// Which recipe.
        needed: String,
        /// Who needs it.
        by: String,
        /// Why.
        source: Box<crate::error::Error>,
    },
    /// What was catalogued a moment ago is gone.
    #[error("{id}, which {by} needs, is not installed (any more); start the job again")]
    Gone {
        /// The dependency.
        id: String,
        /// Who needs it.
        by: String,
    },
}

impl DependencyError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Unusable { source, .. } => source.kind(),
            Self::Gone { .. } => ErrorKind::StoreFailed,
            Self::Cycle { .. } | Self::Conflict { .. } => ErrorKind::RecipeRefused,
        }
    }
}
