use std::{io, path::Path};

use tokio_util::sync::CancellationToken;

use super::{Source, SourceError, fetched::SourceFile};

/// The file of that name beside the PKGBUILD, hashed; `None` if there is none.
///
/// A recipe may come from anywhere, and what is beside it counts as a part of it. So a symlink there
/// may not lead to another file of this machine.
pub(super) async fn beside_recipe(
    source: &Source,
    recipe: &Path,
    cancel: &CancellationToken,
) -> Result<Option<SourceFile>, SourceError> {
    let path = recipe.join(source.name.as_str());
    let inside = || -> io::Result<bool> {
        Ok(fs_err::canonicalize(&path)?.starts_with(fs_err::canonicalize(recipe)?))
    };
    match inside() {
        Ok(true) => open(source, &path, cancel).await,
        Ok(false) => Err(SourceError::Outside { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SourceError::Io { action: "read a source", source: error }),
    }
}

/// A source that can only be beside the PKGBUILD.
pub(super) async fn local(
    source: &Source,
    recipe: &Path,
    cancel: &CancellationToken,
) -> Result<SourceFile, SourceError> {
    beside_recipe(source, recipe, cancel).await?.ok_or_else(|| SourceError::LocalMissing {
        name: source.name.to_string(),
        folder: recipe.to_owned(),
    })
}

/// A `file://` source. It is used where it lies; the cache has no copy.
pub(super) async fn file(
    source: &Source,
    path: &Path,
    cancel: &CancellationToken,
) -> Result<SourceFile, SourceError> {
    open(source, path, cancel).await?.ok_or_else(|| SourceError::NotAFile { path: path.to_owned() })
}

async fn open(
    source: &Source,
    path: &Path,
    cancel: &CancellationToken,
) -> Result<Option<SourceFile>, SourceError> {
    let read = SourceError::io("read a source");
    // Asked first, because to open a FIFO is to wait for its writer.
    match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err(SourceError::NotAFile { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(read(error)),
    }
    let file = fs_err::File::open(path).map_err(read)?.into_file();
    SourceFile::read(path.to_owned(), file, source.wanted(), false, cancel).await.map(Some)
}
