//! The page, as a person uses it: Chromium in front of a real daemon.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod browser;
mod cancellation;
mod hive;
mod installation;
mod keyboard;
mod log;
mod screenshots;
mod scriptless;
