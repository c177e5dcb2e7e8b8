//! `rbee-hive`: puts inference engines on this machine from recipes.
//!
//! This crate is the only one that knows the command line, the terminal and the environment. What
//! it does, it does through [`rbee_hive_worker_catalog::WorkerCatalog`].

#![expect(
    rustdoc::broken_intra_doc_links,
    reason = "clap prints these comments as help, brackets and all"
)]

mod cli;
mod commands;
mod config;
mod daemon;
mod error;
mod exit;
mod hive;
mod jobs;
mod remote;
mod runtime;
mod session;
mod state;
mod terminal;
mod watch;
mod web;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::parse() {
        Ok(cli) => commands::run(cli),
        Err(answer) => answer,
    }
}
