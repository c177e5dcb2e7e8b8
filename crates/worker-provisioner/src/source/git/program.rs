use std::{ffi::OsStr, io::Write, path::Path};

use tokio_util::sync::CancellationToken;

use crate::source::{
    SourceError,
    tool::{ToolCommand, ToolOutput, ToolRunner, run_tool_into},
};

/// The `git` program, with the user's configuration but nothing in it that runs other programs.
pub(super) struct Git<'a> {
    pub(super) runner: &'a ToolRunner,
    pub(super) cancel: &'a CancellationToken,
    /// For errors.
    pub(super) url: &'a str,
}

/// Proxies, `insteadOf`, credentials and certificates stay the user's. Hooks, daemons and what
/// would make the same commit come out as other bytes do not.
const CONFIGURATION: [&str; 10] = [
    "protocol.ext.allow=never",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.autocrlf=false",
    "core.abbrev=no",
    "safe.directory=*",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// A hive that is started by a hook must not take that repository for its own.
const UNSET: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
];

impl Git<'_> {
    /// Runs `git ARGS` in `folder`, which is all it may write to.
    ///
    /// # Errors
    /// If it fails, with what it said.
    pub(super) async fn run<S: AsRef<OsStr>>(
        &self,
        folder: &Path,
        args: &[S],
    ) -> Result<String, SourceError> {
        let output = self.output(folder, args, Vec::new()).await?;
        self.checked(output).map(|stdout| String::from_utf8_lossy(&stdout).trim_end().to_owned())
    }

    /// As [`Git::run`], but a failure is an answer.
    pub(super) async fn ask<S: AsRef<OsStr>>(
        &self,
        folder: &Path,
        args: &[S],
    ) -> Result<Option<String>, SourceError> {
        let output = self.output(folder, args, Vec::new()).await?;
        let stdout = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        Ok(output.status.success().then_some(stdout))
    }

    /// As [`Git::run`], with its stdout going elsewhere.
    pub(super) async fn write<S: AsRef<OsStr>, W: Write + Send + 'static>(
        &self,
        folder: &Path,
        args: &[S],
        stdout: W,
    ) -> Result<W, SourceError> {
        let output = self.output(folder, args, stdout).await?;
        self.checked(output)
    }

    fn checked<W>(&self, output: ToolOutput<W>) -> Result<W, SourceError> {
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(SourceError::Program {
            program: "git".to_owned(),
            needed_for: self.url.to_owned(),
            status: output.status.to_string(),
            output: output.stderr_tail,
        })
    }

    async fn output<S: AsRef<OsStr>, W: Write + Send + 'static>(
        &self,
        folder: &Path,
        args: &[S],
        stdout: W,
    ) -> Result<ToolOutput<W>, SourceError> {
        let configuration = CONFIGURATION.iter().flat_map(|setting| ["-c", setting]);
        let environment = [
            ("GIT_TERMINAL_PROMPT", "0"),
            ("SSH_ASKPASS_REQUIRE", "never"),
            ("GIT_LFS_SKIP_SMUDGE", "1"),
            ("LC_ALL", "C"),
        ];
        let command = ToolCommand {
            program: "git".into(),
            args: configuration
                .map(Into::into)
                .chain(args.iter().map(|arg| arg.as_ref().to_owned()))
                .collect(),
            env: environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            unset: UNSET.iter().map(Into::into).collect(),
            cwd: folder.to_owned(),
            writable: vec![folder.to_owned()],
        };
        run_tool_into(&command, self.runner, stdout, self.cancel)
            .await
            .map_err(|error| SourceError::tool(error, self.url))
    }
}
