//! What comes from a daemon: packages.

use std::{
    fs::Permissions,
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::Arc,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rbee_hive_worker_catalog::{Event, ExportRequest, Exported, Step};
use reqwest::{
    Method, Response,
    header::{CONTENT_DISPOSITION, HeaderName},
};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use url::Url;

use super::{RemoteError, client::Client};
use crate::{
    error::Error,
    watch::{Interrupts, Watch},
};

/// The digest of what is sent, as RFC 9530 has it: `sha-256=:BASE64:`.
const DIGEST: HeaderName = HeaderName::from_static("content-digest");
/// What an export shows in process, too.
const STEP: Step = Step::Package;
const PACKAGE: HeaderName = HeaderName::from_static("x-rbee-package");
const VERSION: HeaderName = HeaderName::from_static("x-rbee-version");
const ARCHITECTURE: HeaderName = HeaderName::from_static("x-rbee-architecture");

/// Fetches a package to where the request wants it: to a name of its own beside the target, which
/// takes the target's place once it is whole and what the daemon has.
pub(super) async fn package(
    client: &Client,
    mut url: Url,
    request: &ExportRequest,
    watch: &Arc<Watch>,
) -> Result<Exported, Error> {
    let interrupts = Interrupts::listen(watch)?;
    if let Some(package) = &request.package {
        url.query_pairs_mut().append_pair("package", package);
    }
    let target = &request.output;
    // The daemon packs it before it says anything.
    watch.show(&Event::StepStarted { step: STEP });
    if !target.is_dir() {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let suffix = suffix(&name).ok_or_else(|| RemoteError::Suffix { name: name.to_string() })?;
        // Only its end matters to the daemon: it says how to compress.
        url.query_pairs_mut().append_pair("file_name", &format!("package{suffix}"));
    }
    interrupts.or(fetch(client, url, target, watch)).await
}

async fn fetch(client: &Client, url: Url, target: &Path, watch: &Watch) -> Result<Exported, Error> {
    let answer = client.send(client.request(Method::GET, url)).await?;
    let lacks = |what: &HeaderName| RemoteError::Strange {
        url: answer.url().to_string(),
        what: format!("a package without {what}"),
    };
    let field = |name: HeaderName| {
        let value = answer.headers().get(&name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned).ok_or_else(|| lacks(&name))
    };
    let (package, version, architecture) = (field(PACKAGE)?, field(VERSION)?, field(ARCHITECTURE)?);
    let name =
        file_name(&field(CONTENT_DISPOSITION)?).ok_or_else(|| lacks(&CONTENT_DISPOSITION))?;
    let expected = digest(&field(DIGEST)?).ok_or_else(|| lacks(&DIGEST))?;
    let path = if target.is_dir() { target.join(&name) } else { target.to_owned() };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |source| RemoteError::File { action: "write the package", source };
    let mut beside = tempfile::Builder::new()
        .prefix(".rbee-export-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(failed)?;
    let (size, found) = receive(client, answer, &mut beside, watch).await?;
    if found != expected {
        return Err(RemoteError::Damaged { expected: hex(&expected), found: hex(&found) }.into());
    }
    beside.as_file().sync_all().map_err(failed)?;
    beside.persist(&path).map_err(|error| failed(error.error))?;
    Ok(Exported { path, package, version, architecture, size, sha256: hex(&found) })
}

/// Writes all that comes, and gives its size and its digest.
async fn receive(
    client: &Client,
    mut answer: Response,
    file: &mut NamedTempFile,
    watch: &Watch,
) -> Result<(u64, Vec<u8>), RemoteError> {
    let failed = |source: io::Error| RemoteError::File { action: "write the package", source };
    let total = answer.content_length();
    let (mut sum, mut size) = (Sha256::new(), 0);
    while let Some(chunk) = answer.chunk().await.map_err(|error| client.unreachable(error))? {
        file.write_all(&chunk).map_err(failed)?;
        sum.update(&chunk);
        size += chunk.len() as u64;
        watch.show(&Event::Progress { step: STEP, done: size, total });
    }
    watch.show(&Event::StepFinished { step: STEP });
    Ok((size, sum.finalize().to_vec()))
}

/// The end of a package file's name, which says how it is compressed.
fn suffix(name: &str) -> Option<&str> {
    let suffix = &name[name.rfind(".pkg.tar")?..];
    let known = [".pkg.tar", ".pkg.tar.zst", ".pkg.tar.xz", ".pkg.tar.gz", ".pkg.tar.bz2"];
    known.contains(&suffix).then_some(suffix)
}

/// The name of the file that an answer is; only a name, of no other folder.
fn file_name(disposition: &str) -> Option<String> {
    let (_, rest) = disposition.split_once("filename=")?;
    let name = rest.split(';').next()?.trim().trim_matches('"');
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
    plain.then(|| name.to_owned())
}

fn digest(field: &str) -> Option<Vec<u8>> {
    let encoded = field.split(',').find_map(|d| d.trim().strip_prefix("sha-256=:"))?;
    BASE64_STANDARD.decode(encoded.strip_suffix(':')?).ok()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_names_no_other_folder() {
        let name = file_name("attachment; filename=\"llama-server-1:b1-2-x86_64.pkg.tar.zst\"");
        assert_eq!(name.as_deref(), Some("llama-server-1:b1-2-x86_64.pkg.tar.zst"));
        for bad in ["attachment", "filename=\"../x\"", "filename=\"\"", "filename=\".x\""] {
            assert_eq!(file_name(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_end_of_a_name_says_how_to_compress() {
        assert_eq!(suffix("ä b.pkg.tar.xz"), Some(".pkg.tar.xz"));
        assert_eq!(suffix("x.pkg.tar"), Some(".pkg.tar"));
        for bad in ["x.zip", "x.pkg.tar.lz", "x.pkg.tarr"] {
            assert_eq!(suffix(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_digest_is_read_as_it_is_written_in_headers() {
        assert_eq!(hex(&digest("sha-512=:AA==:, sha-256=:AQL/:").unwrap()), "0102ff");
        assert!(digest("sha-256=1").is_none());
    }
}
