use std::{
    fs::Permissions,
    io::{self, BufReader, Read, Write},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use rbee_hive_artifact_catalog::{Exported, WorkerBinary};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::{Contents, ExportError, Suffix, archive::Archive};
use crate::{
    package::{Kind, Member},
    source::hex,
};

/// Writes a package file: to a name of its own beside the target, which takes the target's place
/// once it is whole. Each file is compared with what was installed while it is read.
///
/// # Errors
/// If a file is damaged, or the target cannot be written.
pub(crate) fn write(
    worker: &WorkerBinary,
    contents: &Contents,
    target: &Path,
    progress: &dyn Fn(u64, Option<u64>),
    cancel: &CancellationToken,
) -> Result<Exported, ExportError> {
    let (path, suffix) = place(contents, target)?;
    let failed = |source| ExportError::Write { path: path.clone(), source };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let beside = tempfile::Builder::new()
        .prefix(".rbee-export-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(failed)?;

    let mut state = Progress { done: 0, total: contents.size(), tell: progress, cancel };
    let output = Hashed { output: beside, sha256: Sha256::new(), size: 0 };
    let written = suffix.compress(output, |output| {
        let mut archive = Archive::new(output);
        for member in ordered(contents) {
            add(&mut archive, worker, contents, &member, &mut state)?;
        }
        archive.finish()
    });
    let (output, ()) = written.map_err(|error| {
        if cancel.is_cancelled() {
            return ExportError::Cancelled;
        }
        match error.downcast::<Altered>() {
            Ok(Altered(file)) => ExportError::Altered { id: worker.id.clone(), file },
            Err(source) => failed(source),
        }
    })?;
    output.output.as_file().sync_all().map_err(failed)?;
    output.output.persist(&path).map_err(|error| failed(error.error))?;
    Ok(Exported {
        package: contents.package.clone(),
        version: contents.version.clone(),
        architecture: contents.architecture.clone(),
        size: output.size,
        sha256: hex(&output.sha256.finalize()),
        path,
    })
}

/// Where the file goes and how it is compressed. In a folder it gets the name that makepkg gives.
fn place(contents: &Contents, target: &Path) -> Result<(PathBuf, Suffix), ExportError> {
    if target.is_dir() {
        return Ok((target.join(format!("{}.pkg.tar.zst", contents.name())), Suffix::Zstd));
    }
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    match Suffix::of(&name) {
        Some(suffix) => Ok((target.to_owned(), suffix)),
        None => Err(ExportError::Suffix { name: name.into_owned() }),
    }
}

/// All members, `.MTREE` among them, in the order of their paths' bytes.
fn ordered(contents: &Contents) -> Vec<Member> {
    let mut all = contents.members.clone();
    all.push(Member {
        path: b".MTREE".to_vec(),
        mode: 0o644,
        uid: 0,
        gid: 0,
        time: contents.time(),
        // No list can have the digest of itself.
        kind: Kind::File { size: 0, sha256: String::new(), md5: None },
    });
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

fn add(
    archive: &mut Archive<'_>,
    worker: &WorkerBinary,
    contents: &Contents,
    member: &Member,
    state: &mut Progress<'_>,
) -> io::Result<()> {
    let altered = || io::Error::other(Altered(member.shown()));
    if let Some((_, content)) = contents.metadata.iter().find(|(n, _)| n.as_bytes() == member.path)
    {
        return archive.add_content(member, content.len() as u64, &mut &content[..]);
    }
    let Kind::File { size, sha256, .. } = &member.kind else { return archive.add(member) };
    let path = worker.path.join(member.path());
    let metadata = fs_err::symlink_metadata(&path).map_err(|_| altered())?;
    if !metadata.is_file() || metadata.len() != *size {
        return Err(altered());
    }
    let file = fs_err::File::open(&path)?.into_parts().0;
    let before = state.done;
    let mut content =
        Watched { inner: BufReader::with_capacity(1 << 18, &file), sha256: Sha256::new(), state };
    archive.add_file(member, &file, *size, &mut content)?;
    let is_link = content.state.done == before && *size > 0;
    let found = hex(&content.sha256.finalize());
    if !is_link && found != *sha256 {
        return Err(altered());
    }
    state.done = before + size;
    Ok(())
}

/// A file of the store that is not what was installed; it travels inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("{0} is not what was installed")]
struct Altered(String);

struct Progress<'a> {
    done: u64,
    total: u64,
    tell: &'a dyn Fn(u64, Option<u64>),
    cancel: &'a CancellationToken,
}

/// A file's bytes on their way: hashed, counted, and stopped when the job is.
struct Watched<'a, 'b, R> {
    inner: R,
    sha256: Sha256,
    state: &'a mut Progress<'b>,
}

impl<R: Read> Read for Watched<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        let read = self.inner.read(buffer)?;
        self.sha256.update(&buffer[..read]);
        self.state.done += read as u64;
        if read > 0 {
            (self.state.tell)(self.state.done, Some(self.state.total));
        }
        Ok(read)
    }
}

/// The file's own digest, as it is written.
struct Hashed<W> {
    output: W,
    sha256: Sha256,
    size: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.output.write(bytes)?;
        self.sha256.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}
