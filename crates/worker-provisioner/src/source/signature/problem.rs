/// What is wrong with a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SignatureProblem {
    /// The content is another one.
    #[error("the signature by the key {key} is bad")]
    Bad {
        /// The key's id.
        key: String,
    },
    /// The key was revoked.
    #[error("the key {key} that signed it was revoked")]
    Revoked {
        /// The fingerprint, or the id.
        key: String,
    },
    /// The recipe does not have the key.
    #[error(
        "it was signed by the key {key}, which the recipe does not have: if it is the signer's, name \
         its fingerprint in validpgpkeys and put the key beside the PKGBUILD, as {wanted}"
    )]
    UnknownKey {
        /// The fingerprint, or the id.
        key: String,
        /// The file where it should be.
        wanted: String,
    },
    /// The recipe has the key and does not trust it.
    #[error("it was signed by the key {key}, which is not in validpgpkeys")]
    NotTrusted {
        /// The primary key's fingerprint.
        key: String,
    },
    /// There is no signature.
    #[error("there is no signature, and the recipe asks for one")]
    None,
    /// A signature file that belongs to no source.
    #[error("no source is there that it is the signature of")]
    NoFile,
    /// gpg cannot make anything of it.
    #[error("gpg cannot check it: {said}")]
    Unreadable {
        /// What gpg said.
        said: String,
    },
}

impl SignatureProblem {
    /// Whether it only says that nothing was checked, so that who wants the source all the same can
    /// have it. What is known to be wrong is never accepted.
    pub(crate) fn is_unchecked(&self) -> bool {
        !matches!(self, Self::Bad { .. } | Self::Revoked { .. })
    }
}
