//! From a recipe to a store object.
#![allow(dead_code, unused_imports, reason = "being built")]
mod events;
mod functions;
mod host;
mod recipe;
mod sandbox;
pub use recipe::{Problem, RecipeError};
pub use sandbox::{SandboxError, SandboxMode};
