//! Behaviour of the module as its callers see it, with real servers and programs.

mod agents;
mod archives;
mod context;
mod downloads;
mod git;
mod hg;
mod server;
mod signatures;
mod svn;
mod tools;
mod verification;
