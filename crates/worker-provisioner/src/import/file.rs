use std::{
    fs::File,
    io::{self, Read as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::{ImportError, Info};
use crate::{
    package::{Member, read_mtree},
    source::{
        archive::{Compression, Entry, Format, Holds, Input, each_member, is_cancelled},
        hex,
    },
};

/// The most that one file of metadata may be.
const LARGEST: u64 = 256 << 20;

/// A package file, open: whatever becomes of its name, this is what is imported.
#[derive(Debug)]
pub(crate) struct PackageFile {
    path: PathBuf,
    file: Arc<File>,
    size: u64,
    compression: Compression,
    cancel: CancellationToken,
}

/// The metadata that is needed before anything is unpacked.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) info: Info,
    /// `.MTREE`, as it is in the package.
    pub(super) mtree: Vec<u8>,
    /// What that lists.
    pub(super) members: Vec<Member>,
}

impl PackageFile {
    /// Opens a package file.
    ///
    /// # Errors
    /// If there is none, or it is something else.
    pub(crate) fn open(path: &Path, cancel: CancellationToken) -> Result<Self, ImportError> {
        let file = match fs_err::File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ImportError::NotFound(path.to_owned()));
            }
            opened => opened.map_err(read(path))?.into_parts().0,
        };
        let metadata = file.metadata().map_err(read(path))?;
        if !metadata.is_file() {
            return Err(ImportError::NoPackage(path.to_owned()));
        }
        let (path, file, size) = (path.to_owned(), Arc::new(file), metadata.len());
        let mut package = Self { path, file, size, compression: Compression::None, cancel };
        package.compression = match Holds::detect(package.input(&Arc::default())) {
            Ok(Holds::Archive(Format::Tar(compression))) => compression,
            Ok(_) => return Err(ImportError::NoPackage(package.path)),
            Err(error) => return Err(package.damaged(error)),
        };
        Ok(package)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of the file itself.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The digest of the file itself.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn digest(
        &self,
        progress: &dyn Fn(u64, Option<u64>),
    ) -> Result<String, ImportError> {
        let read = Arc::new(AtomicU64::new(0));
        let mut input = self.input(&read);
        let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 256 * 1024]);
        loop {
            match input.read(&mut buffer).map_err(|error| self.damaged(error))? {
                0 => return Ok(hex(&hasher.finalize())),
                length => hasher.update(&buffer[..length]),
            }
            progress(read.load(Ordering::Relaxed), Some(self.size));
        }
    }

    /// Reads `.PKGINFO` and `.MTREE`, which stand at the beginning of a package.
    ///
    /// # Errors
    /// If it has none, or they cannot be used here.
    pub(crate) fn head(&self) -> Result<Head, ImportError> {
        let (mut info, mut mtree) = (None, None);
        self.each_member(&Arc::default(), &mut |mut entry| {
            match &entry.path[..] {
                b".PKGINFO" | b"./.PKGINFO" => info = Some(content(&mut entry)?),
                b".MTREE" | b"./.MTREE" => mtree = Some(content(&mut entry)?),
                _ => {}
            }
            let both = info.is_some() && mtree.is_some();
            Ok(if both { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
        .map_err(|error| self.damaged(error))?;
        let lacks = |file| ImportError::NoMetadata { path: self.path.clone(), file };
        let info = info.ok_or_else(|| lacks(".PKGINFO"))?;
        let info = Info::parse(&self.path, &String::from_utf8_lossy(&info))?;
        let mtree = mtree.ok_or_else(|| lacks(".MTREE"))?;
        let members = read_mtree(&mtree)
            .map_err(|source| ImportError::Mtree { path: self.path.clone(), source })?;
        Ok(Head { info, mtree, members })
    }

    /// Shows each member; the bytes that are read of the file are added to `read`.
    pub(super) fn each_member(
        &self,
        read: &Arc<AtomicU64>,
        visit: &mut dyn FnMut(Entry<'_>) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        each_member(self.compression.reader(self.input(read))?, visit)
    }

    /// What an error while reading means.
    pub(super) fn damaged(&self, source: io::Error) -> ImportError {
        if is_cancelled(&source) {
            return ImportError::Cancelled;
        }
        ImportError::Damaged { path: self.path.clone(), source }
    }

    fn input(&self, read: &Arc<AtomicU64>) -> Input {
        Input::new(Arc::clone(&self.file), self.size, Arc::clone(read), self.cancel.clone())
    }
}

fn read(path: &Path) -> impl Fn(io::Error) -> ImportError + '_ {
    |source| ImportError::Read { path: path.to_owned(), source }
}

/// The content of a file of metadata.
pub(super) fn content(entry: &mut Entry<'_>) -> io::Result<Vec<u8>> {
    if entry.size > LARGEST {
        return Err(io::Error::other("a file of metadata is too large"));
    }
    let mut bytes = Vec::new();
    entry.content.read_to_end(&mut bytes)?;
    Ok(bytes)
}
