use std::{ffi::OsStr, io, os::unix::ffi::OsStrExt, path::PathBuf};

use rustix::io::Errno;

/// A member that may not be unpacked; it travels inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("refused {member:?}: {reason}")]
pub(crate) struct Refusal {
    pub(crate) member: String,
    pub(crate) reason: &'static str,
}

/// The member's path without empty and `.` components; refused if it names a place elsewhere.
pub(crate) fn beneath(member: &[u8]) -> io::Result<PathBuf> {
    if member.first() == Some(&b'/') {
        return Err(refuse(member, "its path is absolute"));
    }
    let mut path = PathBuf::new();
    for component in member.split(|b| *b == b'/') {
        match component {
            b"" | b"." => {}
            b".." => return Err(refuse(member, "its path leads up")),
            _ if component.contains(&0) => return Err(refuse(member, "its path has a NUL")),
            _ => path.push(OsStr::from_bytes(component)),
        }
    }
    Ok(path)
}

/// A [`Refusal`] on its way out through a reader's or writer's error.
pub(crate) fn refuse(member: &[u8], reason: &'static str) -> io::Error {
    io::Error::other(Refusal { member: String::from_utf8_lossy(member).into_owned(), reason })
}

/// What a failure to open a member's folder means.
pub(super) fn escape(error: Errno, member: &[u8]) -> io::Error {
    match error {
        Errno::XDEV => refuse(member, "a symlink in its path leads out of the folder"),
        Errno::LOOP => refuse(member, "the symlinks in its path lead nowhere"),
        error => error.into(),
    }
}
