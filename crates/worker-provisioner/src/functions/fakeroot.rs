use std::{
    collections::HashMap,
    ffi::OsString,
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use fs_err::File;
use tokio_util::sync::CancellationToken;
use walkdir::WalkDir;

use super::Workshop;
use crate::{
    cancellation, host,
    package::{Owner, Ownership},
    sandbox::{Confined, Mount},
};

const UNDER: &str = include_str!("fakeroot.sh");

/// Where the sandbox has the state of fakeroot.
const INSIDE: &str = "/run/fakeroot";

/// No package has so many files that its state is longer.
const LONGEST: u64 = 256 << 20;

impl Workshop<'_> {
    /// Whether package functions can give files away: to that end they run under fakeroot, where the
    /// host has it, as makepkg runs them.
    pub(crate) fn has_fakeroot() -> bool {
        host::find_program("fakeroot").is_some()
    }

    /// Makes a program run under fakeroot. What earlier ones of the job were told is still so.
    pub(super) fn under_fakeroot(&self, confined: &mut Confined) -> io::Result<()> {
        let folder = self.fakeroot();
        fs_err::create_dir_all(&folder)?;
        let seen = self.tier.seen(&folder, Path::new(INSIDE)).as_os_str().to_owned();
        let program = std::mem::replace(&mut confined.program, "/bin/bash".into());
        let own = ["--norc", "--noprofile", "-c", UNDER, "fakeroot"].map(OsString::from);
        let rest = std::mem::take(&mut confined.args);
        confined.args = own.into_iter().chain([seen, program.into()]).chain(rest).collect();
        confined.mounts.push(Mount::write(&folder, INSIDE));
        // Who unpacks an archive as root gets its owners.
        confined.env.retain(|(name, _)| name != "TAR_OPTIONS");
        // The sandbox has one user only, and says so in a way that fakeroot does not expect.
        confined.env.push(("FAKEROOTDONTTRYCHOWN".to_owned(), "1".into()));
        Ok(())
    }

    /// The folder of what fakeroot was told.
    pub(crate) fn fakeroot(&self) -> PathBuf {
        self.build.join("fakeroot")
    }
}

/// What fakeroot, whose folder this is, was told about the files of a package. Blocks.
///
/// # Errors
/// Only that of the token's cancellation.
pub(crate) fn ownership(
    fakeroot: &Path,
    part: &Path,
    cancel: &CancellationToken,
) -> io::Result<Ownership> {
    let mut ownership = Ownership::default();
    let Ok(state) = read(&fakeroot.join("state")) else { return Ok(ownership) };
    let mut known = HashMap::new();
    for line in state.lines() {
        cancellation::check(cancel)?;
        known.extend(parse(line));
    }
    for entry in WalkDir::new(part).min_depth(1) {
        cancellation::check(cancel)?;
        if let Ok(entry) = entry
            && let Ok(metadata) = entry.metadata()
            && let Some(owner) = known.get(&(metadata.dev(), metadata.ino()))
            && let Ok(path) = entry.path().strip_prefix(part)
        {
            ownership.set(path.to_owned(), *owner);
        }
    }
    Ok(ownership)
}

/// The state, if it is a plain file: the recipe can have put anything there.
fn read(path: &Path) -> io::Result<String> {
    let metadata = fs_err::symlink_metadata(path)?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not the state of fakeroot"));
    }
    let mut text = String::new();
    File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Reads a line of the state: `dev=fe00,ino=12,mode=100644,uid=0,gid=0,nlink=1,rdev=0`, the device in
/// hexadecimal, the mode in octal.
fn parse(line: &str) -> Option<((u64, u64), Owner)> {
    let fields: HashMap<_, _> = line.split(',').filter_map(|field| field.split_once('=')).collect();
    let number = |name: &str, radix| u64::from_str_radix(fields.get(name)?, radix).ok();
    let id = |name: &str| u32::try_from(number(name, 10)?).ok();
    let mode = u32::try_from(number("mode", 8)? & 0o7777).ok()?;
    Some((
        (number("dev", 16)?, number("ino", 10)?),
        Owner { uid: id("uid")?, gid: id("gid")?, mode },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_state_is_read() {
        let line = "dev=fe00,ino=12,mode=104750,uid=7,gid=33,nlink=1,rdev=0";
        let owner = Owner { uid: 7, gid: 33, mode: 0o4750 };
        assert_eq!(parse(line), Some(((0xfe00, 12), owner)));
        assert_eq!(parse("dev=fe00,ino=x,mode=1,uid=7,gid=33"), None);
        assert_eq!(parse(""), None);
    }
}
