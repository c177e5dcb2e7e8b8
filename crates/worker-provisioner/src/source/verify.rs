use super::{
    Source, SourceError,
    fetched::{Content, Fetched},
};

/// Names of the sources that no sum, no pinned commit and no recipe folder vouches for.
///
/// Known before anything is fetched. A detached signature is not one of them, it is of no use by
/// itself. A `?signed` tag is one, because the hive does not check signatures yet.
pub(crate) fn unverified(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| !source.vouched_for())
        .filter(|source| !sources.iter().any(|other| source.is_signature_of(other)))
        .map(|source| source.name.to_string())
        .collect()
}

/// Compares what was fetched with every sum of the recipe. Returns [`unverified`].
///
/// A cached file that is wrong is removed, so that the next try downloads it anew.
///
/// # Errors
/// [`SourceError::Mismatch`] for a wrong sum, [`SourceError::Unverified`] if there are such sources
/// and they are not allowed.
pub(crate) fn verify(
    sources: &[Source],
    fetched: &[Fetched],
    allow_unverified: bool,
) -> Result<Vec<String>, SourceError> {
    let mut wrong = None;
    for fetched in fetched {
        let source = &sources[fetched.index];
        let digests = match &fetched.content {
            Content::File(file) => &file.digests,
            Content::Repository { digests: Some(digests), .. } => digests,
            Content::Repository { digests: None, .. } => continue,
        };
        let Some((algorithm, expected, actual)) = digests.mismatch(&source.sums) else { continue };
        if let Content::File(file) = &fetched.content
            && file.cached
        {
            // If it stays, the next look at the cache hashes it and does away with it.
            let _ = fs_err::remove_file(&file.path);
        }
        wrong.get_or_insert(SourceError::Mismatch {
            name: source.name.to_string(),
            algorithm,
            expected: expected.to_owned(),
            actual: actual.to_owned(),
        });
    }
    if let Some(error) = wrong {
        return Err(error);
    }
    let names = unverified(sources);
    if names.is_empty() || allow_unverified {
        Ok(names)
    } else {
        Err(SourceError::Unverified { names })
    }
}
