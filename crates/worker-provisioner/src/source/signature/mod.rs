//! Signatures of sources, checked by the `gpg` program with the recipe's own keys and no others.

mod check;
mod gpg;
mod keys;
mod problem;
mod status;

pub(crate) use check::{SignatureContext, Signed, check_signatures};
pub(crate) use keys::{TrustedKeys, key_files};
pub(crate) use problem::SignatureProblem;
