//! The functions of a recipe, run in bash in the sandbox as makepkg runs them.

mod call;
mod description;
mod fakeroot;
mod package;
mod sources;
mod times;
mod verify;
mod workshop;

pub(crate) use call::{FunctionError, State};
pub(crate) use fakeroot::ownership;
pub(crate) use workshop::Workshop;
