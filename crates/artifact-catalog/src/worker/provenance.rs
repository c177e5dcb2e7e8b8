use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::JobId;

/// One source, as it was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SourceRecord {
    /// The file or folder name in `srcdir`.
    pub name: String,
    /// Where it came from, as the recipe writes it.
    pub origin: String,
    /// `algorithm:hex` of what was used: `sha256:…` of a file, `git:…` of a commit.
    pub digest: String,
    /// The fingerprint of the key that signed it, if a signature was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
}

/// Another recipe's result that a worker was built with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DependencyRecord {
    /// `name:backend@version`.
    pub id: String,
    /// The name of its store object.
    pub object: String,
    /// The digest of its inputs.
    pub action_key: String,
    /// Whether the worker needs it to run, too.
    pub runtime: bool,
}

/// Where an installed worker came from and how it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// The digest of every input.
    pub action_key: String,
    /// The digest of the installed tree.
    pub tree_digest: String,
    /// The sha256 of the PKGBUILD.
    pub recipe_digest: String,
    /// The index that offered the recipe.
    pub index: String,
    /// Every source.
    pub sources: Vec<SourceRecord>,
    /// What it was built with, and what it runs with, of the same store; those that were seen over
    /// others first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<DependencyRecord>,
    /// What was accepted without a check; empty unless `--allow-unverified` was given.
    pub unverified: Vec<String>,
    /// The sandbox: `bwrap`, `landlock` or `none`; empty if no code of the worker ran.
    pub sandbox: String,
    /// Options that changed the build, such as `no_check`.
    pub options: Vec<String>,
    /// The tools that the build could use, each with what identifies its version.
    pub toolchain: BTreeMap<String, String>,
    /// The job that made it.
    pub job_id: JobId,
    /// The release of the hive that made it.
    pub hive_version: String,
}

impl Provenance {
    /// What the index of a worker begins with that came as a package file.
    pub const IMPORTED: &str = "imported from ";

    /// Whether a person brought it as a package file, rather than that it was provisioned.
    pub fn is_imported(&self) -> bool {
        self.index.starts_with(Self::IMPORTED)
    }
}
