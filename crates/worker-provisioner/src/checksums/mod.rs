//! `recipe checksums`: the sums of a recipe's sources, computed and written into its PKGBUILD.

mod edit;
mod error;
mod scan;
mod sums;
mod update;
mod word;

pub(crate) use error::ChecksumsError;
pub use update::{ChecksumChange, RecipeChecksums, recipe_checksums};
