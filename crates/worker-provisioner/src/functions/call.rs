use std::{path::PathBuf, time::Duration};

use rbee_hive_artifact_catalog::{Step, Stream};

use super::Workshop;
use crate::{
    sandbox::{self, Confined, Limits, SandboxError},
    tail::Tail,
};

const RUNNER: &str = include_str!("runner.sh");

/// How many of a failed function's last lines its error repeats.
const TAIL: usize = 20;

/// A build may take long, but not for ever.
const LIMITS: Limits = Limits { wall: Duration::from_hours(24), channel: 64 << 20 };

/// What the functions before left in the shell: a script that makes it again.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    script: Vec<u8>,
    /// `pkgver()` has changed the PKGBUILD since, so its values win.
    pub(crate) rewritten: bool,
}

/// Why a function of a recipe did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FunctionError {
    #[error(
        "{function}() failed with status {code}; the whole log is {}{}", .log.display(), .tail
    )]
    Failed { function: String, code: i32, tail: Tail, log: PathBuf },
    #[error("{function}() could not be run in the sandbox")]
    Sandbox { function: String, source: SandboxError },
    #[error("failed to prepare the build folder")]
    Folder(#[source] std::io::Error),
    #[error("cancelled")]
    Cancelled,
}

impl Workshop<'_> {
    /// Runs a function. `package` is the name of the package that it fills, for those that do.
    ///
    /// Returns what it wrote for the hive: the output of `pkgver()`; nothing of the others.
    ///
    /// # Errors
    /// If it fails, with its last lines.
    pub(crate) async fn call(
        &self,
        step: Step,
        function: &str,
        package: Option<&str>,
        state: &mut State,
    ) -> Result<String, FunctionError> {
        let confined = self.confined(step, function, package, state)?;
        let mut tail = Tail::new(TAIL);
        let mut on_line = |stream: Stream, line: String| {
            self.events.output(step, stream, &line);
            tail.push(&line);
        };
        let ran = sandbox::run(self.tier, &confined, LIMITS, self.cancel, &mut on_line).await;
        let ending = ran.map_err(|source| match source {
            SandboxError::Cancelled => FunctionError::Cancelled,
            source => FunctionError::Sandbox { function: function.to_owned(), source },
        })?;
        if ending.code != 0 {
            return Err(FunctionError::Failed {
                function: function.to_owned(),
                code: ending.code,
                tail,
                log: self.events.log().to_owned(),
            });
        }
        match step {
            Step::Prepare | Step::Build => {
                *state = State { script: ending.channel, rewritten: false };
                Ok(String::new())
            }
            _ => Ok(String::from_utf8_lossy(&ending.channel).into_owned()),
        }
    }

    fn confined(
        &self,
        step: Step,
        function: &str,
        package: Option<&str>,
        state: &State,
    ) -> Result<Confined, FunctionError> {
        let network = step == Step::Prepare && self.network_in_prepare;
        let (folder, mounts) =
            self.mounts(package, &state.script, network).map_err(FunctionError::Folder)?;
        let seen = |name: &str| folder.join(name).into_os_string();
        let part = package.unwrap_or(self.base_name);
        let args = vec![
            "--norc".into(),
            "--noprofile".into(),
            "-c".into(),
            RUNNER.into(),
            "runner".into(),
            function.into(),
            package.unwrap_or_default().into(),
            seen("src"),
            self.seen_package(part).into_os_string(),
            if state.script.is_empty() { "".into() } else { self.seen_state().into_os_string() },
            if state.rewritten { "1" } else { "0" }.into(),
        ];
        Ok(Confined {
            program: "/bin/bash".into(),
            args,
            env: self.environment(),
            folder,
            mounts,
            network,
            devices: self.devices,
            channel: true,
        })
    }
}
