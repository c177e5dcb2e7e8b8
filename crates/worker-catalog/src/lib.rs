//! The public API of the hive: one call fetches, builds, installs *and* catalogues a worker.
//!
//! ```no_run
//! # async fn example() -> rbee_hive_worker_catalog::Result<()> {
//! use rbee_hive_worker_catalog::{CancellationToken, WorkerCatalog};
//!
//! let catalog = WorkerCatalog::new()?;
//! let worker = catalog
//!     .provision_and_add("sherpa-onnx-bin", "job-1", CancellationToken::new())
//!     .await?;
//! println!("{} is at {}", worker.id, worker.executable().display());
//! # Ok(())
//! # }
//! ```
//!
//! [`WorkerCatalog`] owns its provisioner: there is no way to provision and forget to catalogue.
//! Which provisioner that is, [`WorkerCatalogBuilder::provisioner`] decides; callers are tested
//! against a catalog with one of their own.
//!
//! This crate knows nothing of PKGBUILDs, HTTP, the terminal or, but for [`Folders::from_env`], the
//! environment.

mod builder;
mod catalog;
mod dependency;
mod disk;
mod doctor;
mod error;
mod export;
mod flight;
mod gc;
mod import;
mod launch;
mod provision;
mod query;
mod recipe;
mod removal;
mod verify;

pub use builder::WorkerCatalogBuilder;
pub use catalog::WorkerCatalog;
pub use disk::DiskUse;
pub use error::{Error, Result};
pub use gc::{GcOptions, GcReport};
pub use launch::Launch;
pub use rbee_hive_artifact_catalog::{
    Architecture, Artifact, ArtifactCatalog, ArtifactProvisioner, ArtifactStatus, CatalogError,
    DependencyRecord, ErrorKind, Event, ExportRequest, Exported, Folders, HistoryAction,
    HistoryEntry, ImportRequest, JobId, JobState, Offer, Outcome, Plan, PlannedStep, Platform,
    Provenance, ProvisionError, Reporter, Silent, SourceRecord, Step, Stream, Version,
    WorkerBinary, WorkerId, WorkerName, WorkerType, compare_versions, database::MemoryCatalog,
};
pub use rbee_hive_artifact_catalog::{
    Interruption, JobFilter, JobFolder, JobLock, JobLog, JobLogReader, JobRecord, JobStore,
    LoggedEvent, parse_frames,
};
pub use rbee_hive_worker_provisioner::{
    Check, CheckStatus, ChecksumChange, FetchLimit, IndexLocation, LintProblem, ProvisionOptions,
    RecipeBundle, RecipeChecksums, RecipeLint, RecipePlace, RecipeSrcinfo, SandboxMode,
};
pub use tokio_util::sync::CancellationToken;
pub use verify::Verification;

/// The `.SRCINFO` of the PKGBUILD at `path`, as `makepkg --printsrcinfo` writes it. `path` may name
/// the PKGBUILD or its folder, and it need not be the recipe of a worker.
///
/// # Errors
/// If there is none, or makepkg would refuse it.
pub async fn recipe_srcinfo(
    path: &std::path::Path,
    options: &ProvisionOptions,
) -> Result<RecipeSrcinfo> {
    Ok(rbee_hive_worker_provisioner::recipe_srcinfo(path, options).await?)
}

/// Everything that is wrong with the PKGBUILD at `path`, which may name the PKGBUILD or its folder:
/// what makepkg refuses, and what makes a bad worker.
///
/// # Errors
/// If there is none, or no sandbox works.
pub async fn recipe_lint(path: &std::path::Path, options: &ProvisionOptions) -> Result<RecipeLint> {
    Ok(rbee_hive_worker_provisioner::recipe_lint(path, options).await?)
}

/// The files of the recipe at `path`, which may name the PKGBUILD or its folder: those that its text
/// names and, where it can be evaluated here, those that it declares for this backend. They are what
/// a hive on another machine needs to build it.
///
/// # Errors
/// If there is no PKGBUILD, or a file cannot be read.
pub async fn recipe_bundle(
    path: &std::path::Path,
    backend: WorkerType,
    options: &ProvisionOptions,
) -> Result<RecipeBundle> {
    Ok(rbee_hive_worker_provisioner::recipe_bundle(path, backend, options).await?)
}

/// Fetches the sources of the PKGBUILD at `path`, which may also name its folder, for every
/// architecture, and writes their sums into it; format and comments stay. What happens is reported
/// under the job's name.
///
/// # Errors
/// If a source cannot be fetched, or the sums do not stand there as plain arrays. Then nothing was
/// written.
pub async fn recipe_checksums(
    path: &std::path::Path,
    folders: &Folders,
    options: &ProvisionOptions,
    job: (&str, std::sync::Arc<dyn Reporter>),
    cancel: &CancellationToken,
) -> Result<RecipeChecksums> {
    let update = rbee_hive_worker_provisioner::recipe_checksums;
    Ok(update(path, folders, options, job, cancel).await?)
}
