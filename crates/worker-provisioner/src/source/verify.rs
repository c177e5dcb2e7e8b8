use super::{
    Location, Signed, Source, SourceError,
    fetched::{Content, Fetched},
};

/// Names of the sources that no sum, no pinned commit, no signature and no recipe folder vouches for.
///
/// Known before anything is fetched: a signature is taken for a good one here, for another one ends
/// the job. A detached signature is not among them, it is of no use by itself.
pub(crate) fn unverified(sources: &[Source]) -> Vec<String> {
    unvouched(sources, |index| is_signed(sources, index))
}

fn unvouched(sources: &[Source], signed: impl Fn(usize) -> bool) -> Vec<String> {
    sources
        .iter()
        .enumerate()
        .filter(|(index, source)| !source.vouched_for() && !signed(*index))
        .filter(|(_, source)| !sources.iter().any(|other| source.is_signature_of(other)))
        .map(|(_, source)| source.name.to_string())
        .collect()
}

/// Whether there is to be a signature of it.
fn is_signed(sources: &[Source], index: usize) -> bool {
    let source = &sources[index];
    matches!(&source.location, Location::Git(git) if git.signed)
        || sources.iter().any(|other| other.is_signature_of(source))
}

/// Compares what was fetched with every sum of the recipe. Returns the names of what neither a sum
/// nor one of the checked signatures vouches for.
///
/// A cached file that is wrong is removed, so that the next try downloads it anew.
///
/// # Errors
/// [`SourceError::Mismatch`] for a wrong sum, [`SourceError::Unverified`] if there are such sources
/// and they are not allowed.
pub(crate) fn verify(
    sources: &[Source],
    fetched: &[Fetched],
    signed: &Signed,
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
    let mut names = unvouched(sources, |index| signed.by.contains_key(&index));
    for name in &signed.unchecked {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    if names.is_empty() || allow_unverified {
        Ok(names)
    } else {
        Err(SourceError::Unverified { names })
    }
}
