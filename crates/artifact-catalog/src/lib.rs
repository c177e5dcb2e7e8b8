//! What every artifact of the hive has in common: the types, the immutable store that holds the
//! files and the catalog that records them.
//!
//! This crate is the bottom of the stack. It knows nothing of recipes, sources, sandboxes, HTTP or
//! the terminal, and it reads the environment in one place only, [`Folders::from_env`].

mod artifact;
mod catalog;
pub mod database;
mod error;
mod folders;
pub mod job;
#[cfg(feature = "openapi")]
mod openapi;
mod provisioner;
pub mod store;
pub mod worker;

pub use artifact::{Artifact, ArtifactStatus};
pub use catalog::{ArtifactCatalog, HistoryAction, HistoryEntry};
pub use error::{CatalogError, ErrorKind, ProvisionError, StoreError};
pub use folders::{Folders, NoFolder};
pub use job::{
    Event, Interruption, JobFilter, JobFolder, JobId, JobLock, JobLog, JobLogReader, JobRecord,
    JobState, JobStore, LoggedEvent, Outcome, Reporter, Silent, Step, Stream, parse_frames,
};
pub use provisioner::{
    ArtifactProvisioner, ExportRequest, Exported, ImportRequest, Offer, Plan, PlannedStep,
};
pub use store::{ObjectName, Store};
pub use worker::{
    Architecture, DependencyRecord, Platform, Provenance, SourceRecord, Version, WorkerBinary,
    WorkerId, WorkerName, WorkerType, compare_versions,
};
