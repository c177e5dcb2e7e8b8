//! What is wrong with a recipe: what makepkg's lint refuses, and what makes a bad worker.
//!
//! Every rule looks at what the recipe declared, and none stops at the first problem.

mod architecture;
mod dependency;
mod every;
mod function;
mod kind;
mod name;
mod package;
mod place;
mod problem;
mod script;
mod source;
#[cfg(test)]
mod tests;
mod version;
mod worker;

pub(crate) use every::{every_problem, problems_of};
pub use place::RecipePlace;
pub(crate) use place::locate;
pub(crate) use problem::{Problem, Severity};
pub(crate) use version::pkgver_problem;
pub(super) use {name::problem as name_problem, package::package, script::scripts, worker::worker};
