//! Trees that are seen over the host's `/usr`, which itself stays as it is.
//!
//! `bwrap` before 0.11 has no overlays, so `unshare` and `mount` make one in a namespace around it.
//! Every program that works there is the host's: what is in the trees is seen by the confined
//! program only.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rbee_hive_artifact_catalog::store::RECORDS;

use super::{
    SandboxError, mountinfo,
    tier::{Access, Confined},
};
use crate::host::{self, Family};

const SCRIPT: &str = include_str!("overlay.sh");

/// What the programs write before the message when they fail.
pub(super) const SPEAKERS: &[&str] = &["unshare: ", "mount: ", "overlay: ", "mkdir: ", "ln: "];

/// The trees of a program's mounts that lie over `/usr`, the one seen first before others.
pub(super) fn layers(confined: &Confined) -> Vec<&Path> {
    let layers = confined.mounts.iter().filter(|m| m.access == Access::Layer);
    layers.map(|m| m.host.as_path()).collect()
}

/// Whether this name at the root of a tree is a folder of the tree. A link, which whoever made the
/// tree chose, would be followed on the host and show what it leads to.
pub(crate) fn has_folder(tree: &Path, name: &str) -> bool {
    fs_err::symlink_metadata(tree.join(name)).is_ok_and(|metadata| metadata.is_dir())
}

/// Where the script mounts the result, if nothing else is said.
pub(super) fn mounted(layers: &[&Path]) -> Option<PathBuf> {
    layers.first().map(|first| first.join(RECORDS).join("usr"))
}

/// The program and arguments before `program`, which then sees `layers` over `/usr` at `target`.
fn wrap(layers: &[&Path], target: &str, flags: &[&str]) -> Option<(PathBuf, Vec<OsString>)> {
    let unshare = host::find_program("unshare")?;
    let mut args: Vec<OsString> = flags.iter().map(Into::into).collect();
    args.extend(["--mount", "--", "/bin/sh", "-c", SCRIPT, "overlay", target].map(Into::into));
    args.push(layers.len().to_string().into());
    args.extend(layers.iter().map(|layer| layer.as_os_str().to_owned()));
    Some((unshare, args))
}

/// A user namespace, in which anybody may mount.
const OWN_USERS: &[&str] = &["--user", "--map-root-user"];

/// `bwrap` in a namespace that has the overlay it binds.
///
/// # Errors
/// If the program that makes namespaces is not on this host.
pub(super) fn around(bwrap: &Path, layers: &[&Path]) -> Result<Command, SandboxError> {
    let Some((unshare, args)) = wrap(layers, "", OWN_USERS) else {
        return Err(no_unshare());
    };
    let mut command = Command::new(unshare);
    command.args(args).arg(bwrap);
    Ok(command)
}

/// The error of a program that could not make the overlay.
pub(super) fn failed(said: String) -> SandboxError {
    SandboxError::Overlay { said, below: mountinfo::below("/usr") }
}

/// What has to be otherwise for an overlay to be possible.
pub(super) fn needs(below: &[String]) -> String {
    match below {
        [] => {
            "it needs user namespaces and a kernel that lets overlayfs be mounted in them (Linux \
               5.11), or `--sandbox none`"
                .to_owned()
        }
        // An ordinary user may not see what a mount of others hides, nor a /usr without it.
        some => format!(
            "something is mounted below /usr, which forbids it: {}; unmount that, or \
             build with `--sandbox none`",
            some.join(", ")
        ),
    }
}

/// How to start a program so that it sees `trees` over `/usr`, with the rights of the user: what is
/// to be put before it. `None` if none of the trees has anything there.
///
/// Standard streams, signals and the exit status are the program's own.
///
/// # Errors
/// Where this host does not allow it: why.
pub fn over_usr(trees: &[&Path]) -> Result<Option<(PathBuf, Vec<OsString>)>, String> {
    let layers: Vec<&Path> = trees.iter().copied().filter(|t| has_folder(t, "usr")).collect();
    // Records lie in every tree of the store.
    if layers.is_empty() {
        return Ok(None);
    }
    let mut said = String::new();
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    // Root that may mount keeps its rights over devices and ports; a user namespace would end them.
    let ways: &[&[&str]] = if user.is_root() { &[&[], OWN_USERS] } else { &[OWN_USERS] };
    for way in ways {
        let Some((unshare, mut args)) = wrap(&layers, "/usr", way) else {
            return Err(no_unshare().to_string());
        };
        if !user.is_root() {
            args.push(unshare.clone().into());
            args.extend(["--user", "--map-user"].map(Into::into));
            args.push(user.as_raw().to_string().into());
            args.push("--map-group".into());
            args.push(group.as_raw().to_string().into());
            args.push("--".into());
        }
        let mut probe = Command::new(&unshare);
        probe.args(&args).arg("/bin/true").env_clear();
        probe.stdin(Stdio::null()).stdout(Stdio::null());
        match probe.output() {
            Ok(output) if output.status.success() => return Ok(Some((unshare, args))),
            Ok(output) => {
                // The first line is the reason; the script ends with it.
                let stderr = String::from_utf8_lossy(&output.stderr);
                stderr.lines().next().unwrap_or("unshare failed").clone_into(&mut said);
            }
            Err(error) => said = format!("unshare: {error}"),
        }
    }
    Err(failed(said).to_string())
}

fn no_unshare() -> SandboxError {
    SandboxError::NoUnshare { install: Family::of_host().install(&["util-linux"]) }
}
