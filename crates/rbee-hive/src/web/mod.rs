//! The page: what a person sees of the daemon in a browser.
//!
//! Every page is made here, whole, and works without a script as far as it can; htmx then replaces
//! parts of it. What a browser loads comes from this program alone, which a strict policy enforces:
//! no style and no script stands in a page, and nothing is evaluated.

mod ansi;
mod assets;
mod catalogue;
mod disk;
mod errors;
mod inventory;
mod job;
mod layout;
mod routes;
mod told;
mod words;
mod worker;

pub(crate) use errors::errors_as_pages;
pub(crate) use layout::{Section, layout};
pub(crate) use routes::routes;
