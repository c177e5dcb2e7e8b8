//! What makepkg.conf says: the built-in text, the host's and the user's files, and what the caller
//! sets.

mod sheet;

pub(crate) use sheet::{SOURCE_DATE_EPOCH, Settings, SettingsError};
