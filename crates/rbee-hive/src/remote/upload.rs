//! What goes to a daemon: recipes and packages of this machine.

use std::{
    io::{self, Seek as _},
    path::Path,
};

use futures_util::stream;
use rbee_hive_worker_catalog::{RecipeBundle, WorkerType, recipe_bundle};
use reqwest::{
    Body, Method,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;

use super::{RemoteError, client::Client};
use crate::{error::Error, session::Session, watch::Watch};

/// How much is read of a file at once.
const PIECE: usize = 256 * 1024;

/// What the daemon calls something that was sent to it.
#[derive(Deserialize)]
struct Upload {
    upload: String,
}

/// Sends the files of a recipe, and nothing else that lies beside them.
pub(super) async fn recipe(
    client: &Client,
    path: &Path,
    backend: Option<WorkerType>,
    session: &Session,
    watch: &Watch,
) -> Result<String, Error> {
    let backend = backend.unwrap_or(WorkerType::Cpu);
    let bundle = recipe_bundle(path, backend, &session.provision_options()?).await?;
    let archive = pack(&bundle).map_err(|source| failed("pack the recipe", source))?;
    send(client, archive, "application/x-tar", watch).await
}

/// Sends a package file.
pub(super) async fn package(client: &Client, path: &Path, watch: &Watch) -> Result<String, Error> {
    if !path.is_file() {
        return Err(RemoteError::NoPackage { path: path.to_owned() }.into());
    }
    let file = fs_err::File::open(path).map_err(|source| failed("read the package", source))?;
    send(client, file.into_parts().0, "application/octet-stream", watch).await
}

/// The recipe as an archive, in a file that is gone when it is closed.
fn pack(bundle: &RecipeBundle) -> io::Result<std::fs::File> {
    let mut archive = tar::Builder::new(tempfile::tempfile()?);
    // Only names, content and which are executable: what else a file has is of this machine.
    archive.mode(tar::HeaderMode::Deterministic);
    for name in &bundle.files {
        archive.append_path_with_name(bundle.folder.join(name), name)?;
    }
    let mut file = archive.into_inner()?;
    file.rewind()?;
    Ok(file)
}

async fn send(
    client: &Client,
    file: std::fs::File,
    content_type: &str,
    watch: &Watch,
) -> Result<String, Error> {
    let size = file.metadata().map_err(|source| failed("read the package", source))?.len();
    let progress = watch.transfer("sending", Some(size));
    let state = (tokio::fs::File::from_std(file), progress, 0u64);
    let pieces = stream::try_unfold(state, |(mut file, progress, done)| async move {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        let done = done + read as u64;
        progress.advance(done);
        Ok::<_, io::Error>((read > 0).then_some((piece, (file, progress, done))))
    });
    let request = client
        .request(Method::POST, client.url(&["v1", "uploads"]))
        .header(CONTENT_TYPE, content_type)
        .header(CONTENT_LENGTH, size)
        .body(Body::wrap_stream(pieces));
    let Upload { upload } = client.ask(request).await?;
    Ok(upload)
}

fn failed(action: &'static str, source: io::Error) -> Error {
    RemoteError::File { action, source }.into()
}
