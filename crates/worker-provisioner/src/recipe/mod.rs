//! What a PKGBUILD says: evaluated in the sandbox, checked, and given types.

mod beside;
mod declared;
mod environment;
mod error;
mod evaluate;
mod lint;
mod relations;
mod rewrite;
mod schema;
mod sources;
mod srcinfo;
mod text;
mod worker;

pub(crate) use beside::beside;
pub(crate) use declared::{Declared, Value};
pub(crate) use environment::platform_environment;
pub(crate) use error::RecipeError;
pub(crate) use evaluate::{PRELUDE, START, evaluate, evaluate_settings};
pub use lint::RecipePlace;
pub(crate) use lint::{Severity, every_problem, locate, pkgver_problem, problems_of};
pub(crate) use rewrite::rewrite_pkgver;
pub(crate) use sources::sources;
pub(crate) use srcinfo::srcinfo;
pub(crate) use text::decode;
pub(crate) use worker::{Recipe, check_package, check_scripts};
