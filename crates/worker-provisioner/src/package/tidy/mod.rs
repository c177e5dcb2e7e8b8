//! What makepkg does to a package after its function: files are taken out, stripped and compressed
//! as the options say.

mod binaries;
mod operations;
mod run;
mod symbols;
mod toggles;

pub(crate) use run::tidy;
pub(crate) use symbols::symbols;
use toggles::Toggles;
