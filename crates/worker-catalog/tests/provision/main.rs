//! The whole way of one provision, with real bash, bwrap, git and HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cancel;
mod confinement;
mod context;
mod dependencies;
mod failures;
mod functions;
mod index;
mod packages;
mod repositories;
mod signatures;
mod sources;
mod tidy;
mod versions;
