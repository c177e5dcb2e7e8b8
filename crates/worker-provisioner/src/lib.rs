//! From a recipe to a store object: a PKGBUILD is found, evaluated, its sources fetched and
//! verified, its functions run in a sandbox, and what they made is put into the store.
//!
//! The way of one provision is [`WorkerProvisioner`]'s one long function in `provisioner.rs`; each
//! module below is what one or two of its steps need.
//!
//! This crate never writes the catalog and knows nothing of the terminal or the environment.

mod action_key;
mod bundle;
mod cancellation;
mod checksums;
mod dependency;
mod doctor;
mod error;
mod evaluations;
mod events;
mod export;
mod exports;
mod fetch_limit;
mod functions;
mod host;
mod import;
mod imports;
mod index;
mod inspection;
mod installed;
mod offers;
mod options;
mod package;
mod plan;
mod preflight;
mod provisioner;
mod recipe;
mod recipe_file;
mod sandbox;
mod settings;
mod source;
mod tail;
mod verification;

pub use bundle::{RecipeBundle, recipe_bundle};
pub use checksums::{ChecksumChange, RecipeChecksums, recipe_checksums};
pub use doctor::{Check, CheckStatus, host_checks};
pub use fetch_limit::FetchLimit;
pub use index::IndexLocation;
pub use inspection::{LintProblem, RecipeLint, RecipeSrcinfo, recipe_lint, recipe_srcinfo};
pub use options::ProvisionOptions;
pub use provisioner::WorkerProvisioner;
pub use recipe::RecipePlace;
pub use sandbox::{SandboxMode, over_usr};
