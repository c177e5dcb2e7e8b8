use std::{
    fs::{File, TryLockError},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::{
    Source, SourceError,
    blocking::blocking,
    digest::{Digests, digest_file, hex},
    entry::FileName,
    fetched::SourceFile,
};

/// The place of one URL in the source cache, which all recipes and processes share.
///
/// ```text
/// sources/<16 hex of the URL's SHA-256>/<name>             the file, read-only
///                                       <name>.json        what is known of it
///                                       <name>.part[.json] a download that is not at its end
/// sources/locks/<16 hex>                                   held while one of these is written
/// ```
/// A file gets its name by rename only, and is never written again, so an open handle keeps what was
/// verified.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    folder: PathBuf,
    name: String,
    lock: PathBuf,
}

/// What is known of a cached file or a partial one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    /// Where it comes from.
    pub(super) url: String,
    /// The server's strong entity tag.
    pub(super) etag: Option<String>,
    /// The server's `Last-Modified`, as written.
    pub(super) last_modified: Option<String>,
    /// Bytes of the whole file.
    pub(super) total: Option<u64>,
    /// Of the whole file, once it is whole.
    pub(super) sha256: Option<String>,
}

impl Slot {
    pub(super) fn new(cache: &Path, url: &str, name: &FileName) -> Self {
        let key = key(url);
        // What stands beside the file has a longer name, and 255 bytes is the limit.
        let short = name.as_str().len() <= 240;
        Self {
            folder: cache.join(&key),
            name: if short { name.to_string() } else { hex(&Sha256::digest(name.as_str())) },
            lock: cache.join("locks").join(key),
        }
    }

    /// The folder of this URL.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The whole file.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// The file on its way here.
    pub(super) fn part(&self) -> PathBuf {
        self.beside(".part")
    }

    /// What is known of [`Slot::part`].
    pub(super) fn part_record(&self) -> PathBuf {
        self.beside(".part.json")
    }

    fn record(&self) -> PathBuf {
        self.beside(".json")
    }

    fn beside(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}{extension}", self.name))
    }

    /// Makes sure that no other process and no other source of this one works on the same URL.
    pub(super) async fn lock(
        &self,
        note: &(dyn Fn(String) + Sync),
        cancel: &CancellationToken,
    ) -> Result<Lock, SourceError> {
        fs_err::create_dir_all(&self.folder).map_err(SourceError::io("create the source cache"))?;
        lock(&self.lock, &self.name, note, cancel).await
    }

    /// The cached file, if it is what the source's sums say, or without sums what was downloaded.
    /// Anything else is removed.
    pub(super) async fn usable(
        &self,
        source: &Source,
        cancel: &CancellationToken,
    ) -> Result<Option<SourceFile>, SourceError> {
        let read = SourceError::io("read the source cache");
        let file = match fs_err::File::open(self.file()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(read(error)),
        };
        let file =
            SourceFile::read(self.file(), file.into_file(), source.wanted(), true, cancel).await?;
        let known = read_record(&self.record()).and_then(|record| record.sha256);
        let intact = if source.wanted().is_empty() {
            known.as_deref() == Some(file.digests.sha256())
        } else {
            file.digests.mismatch(&source.sums).is_none()
        };
        if intact {
            return Ok(Some(file));
        }
        self.discard()?;
        Ok(None)
    }

    /// Gives a finished download its name.
    pub(super) fn keep(
        &self,
        finished: &Path,
        digests: Digests,
        record: &Record,
    ) -> Result<SourceFile, SourceError> {
        let keep = || {
            let file = fs_err::File::open(finished)?;
            let metadata = file.metadata()?;
            if !metadata.is_file() {
                return Err(io::Error::other(format!("{} is not a file", finished.display())));
            }
            file.set_permissions(std::fs::Permissions::from_mode(0o444))?;
            let record = Record { sha256: Some(digests.sha256().to_owned()), ..record.clone() };
            write_record(&self.record(), &record)?;
            fs_err::rename(finished, self.file())?;
            remove(&self.part_record())?;
            Ok((file.into_file(), metadata.size()))
        };
        let (file, size) = keep().map_err(SourceError::io("add to the source cache"))?;
        Ok(SourceFile { path: self.file(), file: Arc::new(file), size, digests, cached: true })
    }

    /// Forgets the cached file and a partial one.
    pub(super) fn discard(&self) -> Result<(), SourceError> {
        [self.file(), self.record(), self.part(), self.part_record()]
            .iter()
            .try_for_each(|path| remove(path))
            .map_err(SourceError::io("clear the source cache"))
    }
}

/// The name of a URL's folder: 16 hex digits.
pub(super) fn key(url: &str) -> String {
    hex(&Sha256::digest(url)[..8])
}

pub(super) fn read_record(path: &Path) -> Option<Record> {
    // A record that is gone or damaged only costs a download.
    serde_json::from_slice(&fs_err::read(path).ok()?).ok()
}

pub(super) fn write_record(path: &Path, record: &Record) -> io::Result<()> {
    fs_err::write(path, serde_json::to_vec(record).map_err(io::Error::other)?)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs_err::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes a folder of the cache and all in it, if it is there.
pub(super) fn clear(path: &Path) -> Result<(), SourceError> {
    match fs_err::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(SourceError::Io { action: "clear the source cache", source: error })
        }
        _ => Ok(()),
    }
}

/// An advisory lock that ends with this value, or with the process.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "held, not read")] File);

/// Takes the lock file at `path`, and says so if it has to wait for `what`.
pub(super) async fn lock(
    path: &Path,
    what: &str,
    note: &(dyn Fn(String) + Sync),
    cancel: &CancellationToken,
) -> Result<Lock, SourceError> {
    let failed = |source| SourceError::Io { action: "lock the source cache", source };
    if let Some(parent) = path.parent() {
        fs_err::create_dir_all(parent).map_err(failed)?;
    }
    let file = fs_err::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(failed)?
        .into_file();
    let mut waited = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock(file)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        if !waited {
            waited = true;
            note(format!("waiting for another download of {what}"));
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
            () = cancel.cancelled() => return Err(SourceError::Cancelled),
        }
    }
}

impl SourceFile {
    /// Hashes an open file.
    pub(super) async fn read(
        path: PathBuf,
        file: File,
        wanted: Vec<super::sums::Algorithm>,
        cached: bool,
        cancel: &CancellationToken,
    ) -> Result<Self, SourceError> {
        let cancel = cancel.clone();
        let (path, file, hashed) = blocking(move || {
            let hashed = file
                .metadata()
                .and_then(|metadata| Ok((metadata, digest_file(&file, &wanted, &cancel)?)));
            (path, file, hashed)
        })
        .await;
        let (metadata, digests) = hashed.map_err(SourceError::io("read a source"))?;
        let digests = digests.ok_or(SourceError::Cancelled)?;
        Ok(Self { path, file: Arc::new(file), size: metadata.size(), digests, cached })
    }
}
