//! What programs ask: one resource a file.

mod answers;
mod blocking;
mod catalog;
mod disk;
mod doctor;
mod error;
mod etag;
mod extract;
mod health;
mod index;
mod jobs;
mod logs;
mod offers;
mod openapi;
mod packages;
mod page;
mod plans;
mod recipe_archive;
mod routes;
mod stream;
mod uploads;
mod workers;

pub(crate) use answers::Answers;
pub(crate) use error::{ApiError, ApiErrorKind};
pub(crate) use extract::{Form, Path, Query};
pub(crate) use jobs::apart;
pub(crate) use logs::Logs;
pub(crate) use offers::Offers;
pub(crate) use routes::{in_time, missing, not_allowed, routes};
