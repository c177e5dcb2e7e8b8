use std::{ffi::OsStr, io::Write, path::Path};

use tokio_util::sync::CancellationToken;

use super::{
    SourceError,
    tool::{ToolCommand, ToolOutput, ToolRunner, run_tool_into},
};

/// What is the same for every run of one version control system's program.
#[derive(Debug)]
pub(super) struct System {
    /// The program.
    pub(super) program: &'static str,
    /// Arguments that come before all others.
    pub(super) leading: &'static [&'static str],
    /// Set in its environment.
    pub(super) env: &'static [(&'static str, &'static str)],
    /// Taken out of it.
    pub(super) unset: &'static [&'static str],
}

/// The program of a version control system at work for one repository.
pub(super) struct Client<'a> {
    pub(super) system: &'static System,
    pub(super) runner: &'a ToolRunner,
    pub(super) cancel: &'a CancellationToken,
    /// For errors.
    pub(super) url: &'a str,
}

impl Client<'_> {
    /// Runs the program in `folder`, which is all it may write to.
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

    /// As [`Client::run`], but a failure is an answer.
    pub(super) async fn ask<S: AsRef<OsStr>>(
        &self,
        folder: &Path,
        args: &[S],
    ) -> Result<Option<String>, SourceError> {
        let output = self.output(folder, args, Vec::new()).await?;
        let stdout = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        Ok(output.status.success().then_some(stdout))
    }

    /// As [`Client::run`], with its stdout going elsewhere.
    pub(super) async fn write<S: AsRef<OsStr>, W: Write + Send + 'static>(
        &self,
        folder: &Path,
        args: &[S],
        stdout: W,
    ) -> Result<W, SourceError> {
        let output = self.output(folder, args, stdout).await?;
        self.checked(output)
    }

    /// The command of [`Client::run`].
    pub(super) fn command<S: AsRef<OsStr>>(&self, folder: &Path, args: &[S]) -> ToolCommand {
        let System { program, leading, env, unset } = self.system;
        ToolCommand {
            program: program.into(),
            args: leading
                .iter()
                .map(Into::into)
                .chain(args.iter().map(|arg| arg.as_ref().to_owned()))
                .collect(),
            env: env.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            unset: unset.iter().map(Into::into).collect(),
            cwd: folder.to_owned(),
            writable: vec![folder.to_owned()],
            network: true,
            stdin: None,
        }
    }

    fn checked<W>(&self, output: ToolOutput<W>) -> Result<W, SourceError> {
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(SourceError::Program {
            program: self.system.program.to_owned(),
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
        run_tool_into(&self.command(folder, args), self.runner, stdout, self.cancel)
            .await
            .map_err(|error| SourceError::tool(error, self.url))
    }
}
