use std::{
    io,
    os::unix::{
        fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
};

use super::Error;

/// The file of a Unix socket that is listened on. It is removed at the end, unless by then it is
/// another's.
#[derive(Debug)]
pub(super) struct BoundFile {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
}

impl BoundFile {
    /// Listens at a path that only those may open whom the mode lets. A socket that nobody answers
    /// any more is replaced.
    ///
    /// # Errors
    /// If somebody answers there, something else is there, or it cannot be made.
    pub(super) fn bind(path: &Path, mode: u32) -> Result<(UnixListener, Self), Error> {
        let failed = |source| Error::Socket { path: path.to_owned(), source };
        is_free(path)?;
        // Made beside it and renamed, so that it is never there with a mode that lets others in.
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}", std::process::id()));
        let beside = PathBuf::from(beside);
        let _ = fs_err::remove_file(&beside);
        let listener = UnixListener::bind(&beside).map_err(failed)?;
        let named = fs_err::set_permissions(&beside, std::fs::Permissions::from_mode(mode))
            .and_then(|()| fs_err::symlink_metadata(&beside))
            .and_then(|data| fs_err::rename(&beside, path).map(|()| data));
        match named {
            Ok(data) => {
                Ok((listener, Self { path: path.to_owned(), identity: (data.dev(), data.ino()) }))
            }
            Err(error) => {
                let _ = fs_err::remove_file(&beside);
                Err(failed(error))
            }
        }
    }
}

impl Drop for BoundFile {
    fn drop(&mut self) {
        let ours = fs_err::symlink_metadata(&self.path)
            .is_ok_and(|data| (data.dev(), data.ino()) == self.identity);
        if ours {
            let _ = fs_err::remove_file(&self.path);
        }
    }
}

fn is_free(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Socket { path: path.to_owned(), source };
    match fs_err::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(data) if !data.file_type().is_socket() => {
            return Err(Error::NotSocket { path: path.to_owned() });
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(Error::Taken { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_its_mode_and_goes_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hive.sock");
        let (_listener, file) = BoundFile::bind(&path, 0o660).unwrap();
        assert_eq!(fs_err::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn only_a_socket_that_nobody_answers_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hive.sock");
        let (listener, file) = BoundFile::bind(&path, 0o600).unwrap();
        assert!(matches!(BoundFile::bind(&path, 0o600), Err(Error::Taken { .. })));
        drop(listener);
        let (_second, _file) = BoundFile::bind(&path, 0o600).unwrap();
        // The first one's end does not take the second one's file away.
        drop(file);
        assert!(path.exists());

        let other = folder.path().join("notes.txt");
        fs_err::write(&other, "mine").unwrap();
        assert!(matches!(BoundFile::bind(&other, 0o600), Err(Error::NotSocket { .. })));
    }
}
