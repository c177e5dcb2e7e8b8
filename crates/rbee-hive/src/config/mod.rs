//! What a person has set: flags, then the environment, then files, then defaults.
//!
//! Each setting is declared once, in `table.rs`. Its flag, its variable, its key in the file, its
//! line in `--help` and in `config show` all come from there.

mod environment;
mod error;
mod file;
mod flags;
mod form;
mod layers;
mod makepkg;
mod setting;
mod table;
mod token;

pub(crate) use environment::{no_color, search_path};
pub(crate) use error::Error;
pub(crate) use flags::{Everywhere, Flags, Serving};
pub(crate) use form::{ColorWhen, LogFilter, LogFormat};
pub(crate) use layers::{Config, Found, Origin};
pub(crate) use makepkg::provision_options;
pub(crate) use setting::Entry;
pub(crate) use table::*;
pub(crate) use token::Token;
