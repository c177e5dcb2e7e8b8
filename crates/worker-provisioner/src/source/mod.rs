//! The sources of a recipe: read, fetched into a cache that all recipes share, compared with the
//! recipe's sums, and unpacked into `$srcdir`.
//!
//! Nothing of a recipe runs here; what the recipe says and what a server sends are data. The groups
//! of modules stand in the order in which a source passes them.

mod entry;
mod fragment;
mod sums;

mod agent;
mod cache;
mod client;
mod fetch;
mod git;
mod hg;
mod http;
mod local;
mod svn;
mod tool;

mod cksum;
mod digest;
mod fetched;
mod signature;
mod verify;

pub(crate) mod archive;
mod extract;

mod blocking;
mod error;
mod meter;
#[cfg(test)]
mod tests;

pub(crate) use agent::DownloadAgents;
pub(crate) use digest::hex;
pub(crate) use entry::{Location, Source};
pub(crate) use error::SourceError;
pub(crate) use extract::{ExtractContext, Limits, Mount, extract};
pub(crate) use fetch::{FetchContext, fetch};
pub(crate) use fetched::Fetched;
pub(crate) use http::HttpConfig;
pub(crate) use signature::{SignatureContext, Signed, TrustedKeys, check_signatures, key_files};
pub(crate) use sums::{Algorithm, Sum, pair};
pub(crate) use tool::ToolRunner;
pub(crate) use verify::{unverified, verify};
#[cfg(test)]
use {
    fetched::{Content, SourceFile},
    http::Retry,
    signature::SignatureProblem,
    tool::{ToolCommand, ToolError, run_tool},
};

/// The client of everything that is fetched over HTTP with default settings.
///
/// # Errors
/// If the system's certificates cannot be read.
pub(crate) fn http_client() -> Result<reqwest::Client, SourceError> {
    http::client(&HttpConfig::default())
}
