use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    os::fd::OwnedFd,
    path::Path,
    sync::Arc,
};

use tokio_util::sync::CancellationToken;

use super::{SignatureProblem, TrustedKeys, gpg::Gpg, status::verdict};
use crate::source::{
    Location, Source, SourceError,
    archive::{Input, decompressed},
    blocking::blocking,
    client::Client,
    fetched::{Content, Fetched, SourceFile},
    git::{GIT, GitReference, GitSource},
    tool::{ToolRunner, run_tool},
};

/// What [`check_signatures`] works with.
pub(crate) struct SignatureContext<'a> {
    /// How programs are started.
    pub(crate) runner: &'a ToolRunner,
    /// Accept what cannot be checked.
    pub(crate) allow_unverified: bool,
    /// Something a person should know.
    pub(crate) warn: &'a (dyn Fn(String) + Sync),
}

/// What signatures say of the sources.
#[derive(Debug, Default)]
pub(crate) struct Signed {
    /// Sources that a trusted key vouches for: their indices, with the keys' fingerprints.
    pub(crate) by: BTreeMap<usize, String>,
    /// Sources with a signature that was not checked.
    pub(crate) unchecked: Vec<String>,
}

/// No signature is near this.
const LARGEST: u64 = 1 << 20;

/// Checks every detached signature among the sources, and every repository that is to be `?signed`.
///
/// # Errors
/// [`SourceError::Signature`] for the first that is not good. From makepkg's `verify_signature.sh`.
pub(crate) async fn check_signatures(
    sources: &[Source],
    fetched: &[Fetched],
    keys: &TrustedKeys,
    ctx: &SignatureContext<'_>,
    cancel: &CancellationToken,
) -> Result<Signed, SourceError> {
    let mut signed = Signed::default();
    let mut started = None;
    for of in fetched {
        let source = &sources[of.index];
        let repository = match &source.location {
            Location::Git(git) if git.signed => Some(git),
            _ if source.is_signature() => None,
            _ => continue,
        };
        let gpg = match &started {
            Some(gpg) => gpg,
            None => started.insert(Gpg::with(keys, ctx.runner, cancel).await?),
        };
        let (index, status) = match (repository, &of.content) {
            (Some(git), Content::Repository { mirror, revision, .. }) => {
                (Some(of.index), commit(git, mirror, revision, gpg, ctx, cancel).await?)
            }
            (_, Content::File(signature)) => match sibling(source, sources, fetched) {
                Some((data, file)) => {
                    let name = source.name.as_str();
                    let status = detached(signature, file, &sources[data], source, gpg, name);
                    (Some(data), Some(status.await?))
                }
                None => (None, None),
            },
            _ => continue,
        };
        let result = match (index, status) {
            (Some(index), Some(status)) => verdict(&status, keys).map(|good| (index, good)),
            (Some(_), None) => Err(SignatureProblem::None),
            (None, _) => Err(SignatureProblem::NoFile),
        };
        match result {
            Ok((index, good)) => {
                if let Some(expired) = good.expired {
                    (ctx.warn)(format!("{}: {expired} (key {})", source.name, good.key));
                }
                signed.by.insert(index, good.key);
            }
            Err(problem) => {
                let name = source.name.to_string();
                if !(ctx.allow_unverified && problem.is_unchecked()) {
                    return Err(SourceError::Signature { name, problem });
                }
                (ctx.warn)(format!("the signature of {name} is not checked: {problem}"));
                signed.unchecked.push(name);
            }
        }
    }
    Ok(signed)
}

/// The source that a signature is of, and its file: the name without the extension, or else a
/// compressed one of that name.
fn sibling<'a>(
    signature: &Source,
    sources: &[Source],
    fetched: &'a [Fetched],
) -> Option<(usize, &'a SourceFile)> {
    let files = fetched.iter().filter_map(|of| match &of.content {
        Content::File(file) if signature.is_signature_of(&sources[of.index]) => {
            Some((of.index, file))
        }
        _ => None,
    });
    // The shortest name is the one without a further extension.
    files.min_by_key(|(index, _)| sources[*index].name.as_str().len())
}

async fn detached(
    signature: &SourceFile,
    file: &SourceFile,
    data: &Source,
    source: &Source,
    gpg: &Gpg<'_>,
    needed_for: &str,
) -> Result<String, SourceError> {
    let read = SourceError::io("read a source");
    let mut bytes = Vec::new();
    reopen(signature).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes)).map_err(read)?;
    let itself = source.stem() == Some(data.name.as_str());
    if itself {
        let content = reopen(file).map_err(SourceError::io("read a source"))?;
        return gpg.status(&bytes, OwnedFd::from(content), needed_for).await;
    }
    let (reader, writer) = io::pipe().map_err(SourceError::io("make a pipe"))?;
    let input =
        Input::new(Arc::clone(&file.file), file.size, Arc::default(), CancellationToken::new());
    // It ends when gpg does: then nobody reads the pipe any more.
    let feeder = blocking(move || feed(input, writer));
    let (status, fed) = tokio::join!(gpg.status(&bytes, OwnedFd::from(reader), needed_for), feeder);
    let status = status?;
    fed.map_err(|source| SourceError::Unpack { archive: data.name.to_string(), source })?;
    Ok(status)
}

fn feed(input: Input, mut writer: io::PipeWriter) -> io::Result<()> {
    let mut inside = decompressed(input)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = inside.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        match writer.write_all(&buffer[..read]) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
}

/// The very file that was hashed and will be unpacked, with a position of its own.
fn reopen(file: &SourceFile) -> io::Result<std::fs::File> {
    use std::os::fd::AsRawFd;
    let open = format!("/proc/self/fd/{}", file.file.as_raw_fd());
    Ok(fs_err::File::open(open)?.into_file())
}

/// What gpg says of a tag's or a commit's signature. `None` if there is no such tag object any more.
async fn commit(
    git: &GitSource,
    mirror: &Path,
    revision: &str,
    gpg: &Gpg<'_>,
    ctx: &SignatureContext<'_>,
    cancel: &CancellationToken,
) -> Result<Option<String>, SourceError> {
    let client = Client { system: &GIT, runner: ctx.runner, cancel, url: &git.url };
    let (verb, object) = match &git.reference {
        GitReference::Tag(_) => {
            let tag = format!("{}^{{tag}}", git.reference.revision());
            let tag = ["rev-parse", "--verify", "--quiet", &tag];
            let Some(tag) = client.ask(mirror, &tag).await? else { return Ok(None) };
            let of = format!("{tag}^{{commit}}");
            let of = client.ask(mirror, &["rev-parse", "--verify", "--quiet", &of]).await?;
            // The mirror may have moved on since the commit was found.
            if of.as_deref() != Some(revision) {
                return Ok(None);
            }
            ("verify-tag", tag)
        }
        _ => ("verify-commit", revision.to_owned()),
    };
    let args = [
        "-c",
        "gpg.format=openpgp",
        "-c",
        "gpg.program=gpg",
        "-c",
        "gpg.openpgp.program=gpg",
        "-c",
        "gpg.ssh.program=false",
        "-c",
        "gpg.x509.program=false",
        "-c",
        "gpg.minTrustLevel=undefined",
        verb,
        "--raw",
        &object,
    ];
    let command = gpg.confine(client.command(mirror, &args));
    let output = run_tool(&command, ctx.runner, cancel)
        .await
        .map_err(|error| SourceError::tool(error, &git.url))?;
    Ok(Some(output.stderr_tail))
}
