use std::{
    ffi::OsString,
    io,
    os::{fd::OwnedFd, unix::fs::PermissionsExt},
    path::Path,
    sync::Arc,
};

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::TrustedKeys;
use crate::source::{
    SourceError,
    tool::{ToolCommand, ToolRunner, run_tool},
};

/// No key server and no daemons: what is in the folder is all there is. With `trust-model always` it
/// would not say that a key was revoked that has expired, too.
const CONFIGURATION: &str = "\
batch
no-tty
no-auto-key-retrieve
no-auto-key-import
no-auto-check-trustdb
disable-dirmngr
";

/// The `gpg` program with a folder of its own, in which are the recipe's keys and nothing else.
pub(super) struct Gpg<'a> {
    folder: TempDir,
    runner: &'a ToolRunner,
    cancel: &'a CancellationToken,
}

impl<'a> Gpg<'a> {
    /// Makes the folder and takes the keys in. One that cannot be read is then a missing one.
    ///
    /// # Errors
    /// If gpg is not installed or the folder cannot be made.
    pub(super) async fn with(
        keys: &TrustedKeys,
        runner: &'a ToolRunner,
        cancel: &'a CancellationToken,
    ) -> Result<Self, SourceError> {
        let prepare = || -> io::Result<(TempDir, Vec<OsString>)> {
            let private = std::fs::Permissions::from_mode(0o700);
            let folder = tempfile::Builder::new().permissions(private).tempdir()?;
            fs_err::write(folder.path().join("gpg.conf"), CONFIGURATION)?;
            // Without it, new versions ask a daemon for the keys.
            fs_err::write(folder.path().join("common.conf"), "")?;
            let mut args = vec!["--import".into()];
            for (index, key) in keys.files.iter().enumerate() {
                let name = format!("key-{index}");
                fs_err::write(folder.path().join(&name), key)?;
                args.push(name.into());
            }
            Ok((folder, args))
        };
        let (folder, args) = prepare().map_err(SourceError::io("prepare a folder for gpg"))?;
        let gpg = Self { folder, runner, cancel };
        if args.len() > 1 {
            gpg.run(args, None, "the recipe's keys").await?;
        }
        Ok(gpg)
    }

    /// Its folder.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What gpg's status descriptor says of a detached signature of what can be read from `content`.
    pub(super) async fn status(
        &self,
        signature: &[u8],
        content: OwnedFd,
        needed_for: &str,
    ) -> Result<String, SourceError> {
        fs_err::write(self.folder().join("signature"), signature)
            .map_err(SourceError::io("prepare a folder for gpg"))?;
        let args = ["--status-fd=1", "--verify", "signature", "-"].map(OsString::from).to_vec();
        self.run(args, Some(Arc::new(content)), needed_for).await
    }

    /// The command that has only this folder to write to, and no network.
    pub(super) fn confine(&self, command: ToolCommand) -> ToolCommand {
        let mut confined = ToolCommand { network: false, ..command };
        let folder = self.folder().as_os_str();
        confined.writable = vec![folder.into()];
        confined.env.push(("GNUPGHOME".into(), folder.to_owned()));
        confined.env.push(("TMPDIR".into(), folder.to_owned()));
        confined.env.push(("LC_ALL".into(), "C.UTF-8".into()));
        confined
    }

    async fn run(
        &self,
        args: Vec<OsString>,
        stdin: Option<Arc<OwnedFd>>,
        needed_for: &str,
    ) -> Result<String, SourceError> {
        let command = self.confine(ToolCommand {
            program: "gpg".into(),
            args,
            env: Vec::new(),
            unset: Vec::new(),
            cwd: self.folder().to_owned(),
            writable: Vec::new(),
            network: false,
            stdin,
        });
        let output = run_tool(&command, self.runner, self.cancel)
            .await
            .map_err(|error| SourceError::tool(error, needed_for))?;
        // Its status lines say more than its exit code does.
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
