//! Package files: what pacman makes of ours, and what we make of makepkg's and of hostile ones.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod context;
mod export;
mod import;
mod refusals;
