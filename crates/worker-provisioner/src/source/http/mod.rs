//! Downloads over HTTP that go on where they stopped.

mod client;
mod download;
mod failure;
mod part;
mod retry;

pub(crate) use client::HttpConfig;
pub(super) use client::client;
pub(super) use download::Download;
pub(crate) use failure::HttpFailure;
pub(crate) use retry::Retry;
