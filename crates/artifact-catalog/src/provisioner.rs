use std::path::PathBuf;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{Architecture, Artifact, ErrorKind, ProvisionError, Step, WorkerType};

/// A recipe as an index offers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// The name to install it by.
    pub name: String,
    /// `[epoch:]pkgver-pkgrel`.
    pub version: String,
    /// Whether the version is only known after a build, by the recipe's `pkgver()`.
    #[serde(default)]
    pub rolling: bool,
    /// What it is, in one line.
    pub description: String,
    /// The project's page; empty if the recipe has none.
    pub url: String,
    /// The licences.
    pub license: Vec<String>,
    /// What it can be built for; the first is the default.
    pub backends: Vec<WorkerType>,
    /// The architectures it names; `any` means every one.
    pub architectures: Vec<String>,
    /// The executable, relative to the store folder; empty for a library.
    pub entrypoint: String,
    /// How it is started; `${HOST}`, `${PORT}` and `${MODEL}` stand for their values.
    pub args: Vec<String>,
    /// The HTTP path that answers 200 once it serves; empty if it serves none.
    pub health: String,
    /// The model formats that it takes.
    pub supported_formats: Vec<String>,
    /// What it needs to build and to run.
    pub depends: Vec<String>,
    /// Why it cannot be installed on this host, if it cannot.
    pub refused: Option<String>,
}

impl Offer {
    /// Whether it is there for other recipes to depend on, with nothing to start.
    pub fn is_library(&self) -> bool {
        self.refused.is_none() && self.entrypoint.is_empty()
    }

    /// Whether the recipe is for this architecture.
    pub fn runs_on(&self, architecture: Architecture) -> bool {
        self.architectures.iter().any(|a| a == "any" || a == architecture.as_str())
    }
}

/// What one step would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlannedStep {
    /// The step.
    pub step: Step,
    /// What it would do, a line each.
    pub actions: Vec<String>,
}

/// What a provision would do, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The full id that would be installed.
    pub id: String,
    /// The digest of every input; absent when a source must be fetched to know it.
    pub action_key: Option<String>,
    /// Whether the same inputs are in the store already, so that nothing would be built.
    pub cached: bool,
    /// The steps, in their order.
    pub steps: Vec<PlannedStep>,
}

/// What to import, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRequest {
    /// The package file.
    pub file: PathBuf,
    /// Where the file comes from, for the provenance, if it is a copy; else its path says so.
    pub origin: Option<String>,
    /// What it was built for, if not what the file itself says, or else the processor.
    pub backend: Option<WorkerType>,
    /// The executable, relative to the package's root, if not what the file itself says or what
    /// there is but one of.
    pub entrypoint: Option<PathBuf>,
}

/// What to export, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRequest {
    /// The package, of an artifact that has several; without a name, the one with the executable.
    pub package: Option<String>,
    /// The file, or the folder in which it gets its usual name.
    pub output: PathBuf,
}

/// A package file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// The file.
    pub path: PathBuf,
    /// The package's name.
    pub package: String,
    /// Its version.
    pub version: String,
    /// What it is for; `any` means every architecture.
    pub architecture: String,
    /// The bytes of the file.
    pub size: u64,
    /// The digest of the file, in lower-case hexadecimal.
    pub sha256: String,
}

/// The answer of a provisioner to what it has no method for.
fn unsupported(what: &str) -> ProvisionError {
    ProvisionError::new(ErrorKind::Usage, format!("this provisioner cannot {what}"))
}

/// Makes artifacts: fetches, builds, and puts the files into the store. It never writes the
/// catalog; the owner of both does that with what `provision` returns.
#[async_trait]
pub trait ArtifactProvisioner<T: Artifact>: Send + Sync {
    /// Makes the artifact, or returns the one that the same inputs made before.
    ///
    /// Events go to the reporter that the provisioner was built with, under `job_id`. Cancelling
    /// the token ends every process of the job and removes what it had staged.
    ///
    /// # Errors
    /// With [`crate::ErrorKind::Cancelled`] if the token was cancelled first.
    async fn provision(
        &self,
        id: &str,
        job_id: &str,
        cancel_token: CancellationToken,
    ) -> Result<T, ProvisionError>;

    /// The full ids of what must be provisioned and catalogued before `id` can be, each after those
    /// that it needs itself. Nothing, unless the provisioner says otherwise.
    ///
    /// # Errors
    /// If they cannot all be had, or `id` is something that only others can ask for.
    async fn dependencies(
        &self,
        _id: &str,
        _cancel_token: CancellationToken,
    ) -> Result<Vec<String>, ProvisionError> {
        Ok(Vec::new())
    }

    /// Whether this provisioner can make something of that name.
    fn supports(&self, id: &str) -> bool;

    /// Everything this provisioner can make. None, unless it says otherwise.
    ///
    /// # Errors
    /// If the index cannot be read.
    async fn available(&self) -> Result<Vec<Offer>, ProvisionError> {
        Ok(Vec::new())
    }

    /// A file of a recipe that this provisioner can make: its PKGBUILD, or one beside it that belongs
    /// to it. `None` if there is no such recipe or file, as always without a method of its own.
    ///
    /// # Errors
    /// If the index cannot be read, or the recipe cannot be evaluated and so has no files.
    async fn recipe_file(
        &self,
        _name: &str,
        _file: &str,
        _cancel_token: CancellationToken,
    ) -> Result<Option<Vec<u8>>, ProvisionError> {
        Ok(None)
    }

    /// What [`ArtifactProvisioner::provision`] would do, with nothing changed by finding out.
    ///
    /// # Errors
    /// As `provision` up to its preflight.
    async fn plan(&self, id: &str) -> Result<Plan, ProvisionError> {
        Ok(Plan { id: id.to_owned(), action_key: None, cached: false, steps: Vec::new() })
    }

    /// The full id of the artifact that a package file would become.
    ///
    /// # Errors
    /// If the provisioner takes no such files, as without a method of its own, or the file is none.
    async fn package_id(
        &self,
        _request: &ImportRequest,
        _cancel_token: CancellationToken,
    ) -> Result<String, ProvisionError> {
        Err(unsupported("import package files"))
    }

    /// Takes a package file into the store, verified against what it says of itself, or returns the
    /// artifact that the same file became before. `id` is what
    /// [`ArtifactProvisioner::package_id`] said; events and cancelling are as for
    /// [`ArtifactProvisioner::provision`].
    ///
    /// # Errors
    /// If the provisioner takes no such files, as without a method of its own, or the file is
    /// damaged or not for this host.
    async fn import(
        &self,
        _id: &str,
        _request: &ImportRequest,
        _job_id: &str,
        _cancel_token: CancellationToken,
    ) -> Result<T, ProvisionError> {
        Err(unsupported("import package files"))
    }

    /// Writes a package of an artifact to a file that a package manager installs. Progress goes to
    /// the reporter, under `job_id`.
    ///
    /// # Errors
    /// If the provisioner cannot make such files, as without a method of its own, or the file
    /// cannot be written.
    async fn export(
        &self,
        _artifact: &T,
        _request: &ExportRequest,
        _job_id: &str,
        _cancel_token: CancellationToken,
    ) -> Result<Exported, ProvisionError> {
        Err(unsupported("export package files"))
    }
}
