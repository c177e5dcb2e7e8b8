//! What a worker is: its id, the machine it runs on, and the record of an installed one.

mod binary;
mod comparison;
mod id;
mod platform;
mod provenance;
mod version;

pub use binary::WorkerBinary;
pub use comparison::compare_versions;
pub use id::{InvalidWorkerId, WorkerId, WorkerName};
pub use platform::{Architecture, Platform, UnknownName, WorkerType};
pub use provenance::{DependencyRecord, Provenance, SourceRecord};
pub use version::{InvalidVersion, Version};
