//! A daemon that verbs ask, over HTTP.

mod address;
mod answer;
mod client;
mod download;
mod error;
mod events;
mod frames;
mod hive;
mod interruption;
mod upload;

pub(crate) use error::RemoteError;
pub(crate) use hive::Remote;
