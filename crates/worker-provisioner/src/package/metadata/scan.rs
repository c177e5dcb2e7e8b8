use std::{
    collections::HashSet,
    fs::{Metadata, Permissions},
    io::{self, Read as _},
    os::unix::{
        ffi::{OsStrExt as _, OsStringExt as _},
        fs::{MetadataExt as _, PermissionsExt as _},
    },
    path::{Path, PathBuf},
};

use md5::Md5;
use rbee_hive_artifact_catalog::store::parallel;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::{
    cancellation,
    package::{
        Ownership,
        mtree::{Kind, Member},
    },
    source::hex,
};

/// The members of a package.
#[derive(Debug)]
pub(super) struct Scanned {
    /// In the order of their paths' bytes.
    pub(super) members: Vec<Member>,
    /// The bytes of the files, each counted once however many names it has.
    pub(super) size: u64,
}

/// Reads and hashes what is below a folder; all is from `time`. No process of the recipe is alive.
///
/// Folders and files that their owner cannot read become readable; the members say how they were.
///
/// # Errors
/// If something cannot be read, or the token is cancelled.
pub(super) fn scan(
    root: &Path,
    ownership: &Ownership,
    time: i64,
    cancel: &CancellationToken,
) -> io::Result<Scanned> {
    let mut found = Vec::new();
    walk(root, Path::new(""), &mut found, cancel)?;
    found.sort_by(|(a, _), (b, _)| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    let mut seen = HashSet::new();
    let size = found.iter().filter(|(_, m)| m.is_file() && seen.insert((m.dev(), m.ino())));
    let size = size.map(|(_, metadata)| metadata.len()).sum();
    let members = parallel::map(&found, |(path, metadata)| {
        let owner = ownership.of(path, metadata.mode() & 0o7777);
        let kind = kind(&root.join(path), metadata, cancel)?;
        let path = path.as_os_str().as_bytes().to_vec();
        let mode = if metadata.is_symlink() { 0o777 } else { owner.mode };
        Ok::<_, io::Error>(Member { path, mode, uid: owner.uid, gid: owner.gid, time, kind })
    })?;
    Ok(Scanned { members, size })
}

fn walk(
    root: &Path,
    below: &Path,
    found: &mut Vec<(PathBuf, Metadata)>,
    cancel: &CancellationToken,
) -> io::Result<()> {
    for entry in fs_err::read_dir(root.join(below))? {
        cancellation::check(cancel)?;
        let entry = entry?;
        let (path, metadata) = (below.join(entry.file_name()), entry.metadata()?);
        if metadata.is_dir() {
            repair(&entry.path(), &metadata, 0o700)?;
            walk(root, &path, found, cancel)?;
        } else if metadata.is_file() {
            repair(&entry.path(), &metadata, 0o400)?;
        } else if !metadata.is_symlink() {
            // The store refuses the package for it, and says why.
            continue;
        }
        found.push((path, metadata));
    }
    Ok(())
}

fn repair(path: &Path, metadata: &Metadata, wanted: u32) -> io::Result<()> {
    let mode = metadata.mode() & 0o7777;
    if mode & wanted != wanted {
        fs_err::set_permissions(path, Permissions::from_mode(mode | wanted))?;
    }
    Ok(())
}

fn kind(path: &Path, metadata: &Metadata, cancel: &CancellationToken) -> io::Result<Kind> {
    cancellation::check(cancel)?;
    if metadata.is_dir() {
        return Ok(Kind::Folder);
    }
    if metadata.is_symlink() {
        let target = fs_err::read_link(path)?.into_os_string().into_vec();
        return Ok(Kind::Symlink { target });
    }
    let mut file = fs_err::File::open(path)?;
    let (mut sha256, mut md5, mut size) = (Sha256::new(), Md5::new(), 0);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        cancellation::check(cancel)?;
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                sha256.update(&buffer[..read]);
                md5.update(&buffer[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let md5 = Some(hex(&md5.finalize()));
    Ok(Kind::File { size, sha256: hex(&sha256.finalize()), md5 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_end_is_given_up_when_the_job_is() {
        let part = tempfile::tempdir().unwrap();
        let file = fs_err::File::create(part.path().join("big")).unwrap();
        file.set_len(4 << 40).unwrap();
        let cancel = CancellationToken::new();
        let scanned = std::thread::scope(|scope| {
            let scanning = scope.spawn(|| scan(part.path(), &Ownership::default(), 0, &cancel));
            std::thread::sleep(std::time::Duration::from_millis(100));
            cancel.cancel();
            scanning.join().unwrap()
        });
        assert!(cancellation::is_cancelled(&scanned.unwrap_err()));
    }
}
