//! How things look to a person.

pub(crate) mod failure;
mod sanitise;
pub(crate) mod shell;
mod snippet;
pub(crate) mod stdout;
mod style;
mod table;
mod units;

pub(crate) use sanitise::{plain_line, plain_text};
pub(crate) use snippet::{Snippet, Span};
pub(crate) use style::Style;
pub(crate) use table::{Fields, Table};
pub(crate) use units::{duration, moment, size};
