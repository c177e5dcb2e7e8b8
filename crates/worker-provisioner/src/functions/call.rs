use std::{path::PathBuf, time::Duration};

use rbee_hive_artifact_catalog::{Step, Stream};

use super::Workshop;
use crate::{
    recipe::{self, Declared},
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
    /// The compiler flags are those of the recipe's options.
    flags: bool,
}

/// Why a function of a recipe did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FunctionError {
    #[error(
        "{function}() failed with status {code}; the whole log is {}{}", .log.display(), .tail
    )]
    Failed { function: String, code: i32, tail: Tail, log: PathBuf },
    #[error(
        "{function}() left through `exit`, so that nothing after it could run; end it with `return`"
    )]
    Left { function: String },
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
    /// Returns the output of `pkgver()` under that name; of a package's function, its variables and
    /// the settings as they were when it ended.
    ///
    /// # Errors
    /// If it fails, with its last lines.
    pub(crate) async fn call(
        &self,
        step: Step,
        function: &str,
        package: Option<&str>,
        state: &mut State,
    ) -> Result<Declared, FunctionError> {
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
            let text = tail.to_string();
            if step == Step::Package && !Self::has_fakeroot() && text.contains("changing ") {
                let hint = "files can only be given to others than root where the program fakeroot is; install fakeroot";
                self.events.warn(step, hint);
            }
            return Err(FunctionError::Failed {
                function: function.to_owned(),
                code: ending.code,
                tail,
                log: self.events.log().to_owned(),
            });
        }
        let (declared, script) = Declared::parse_head(&ending.channel)
            .map_err(|_| FunctionError::Left { function: function.to_owned() })?;
        if step != Step::Pkgver {
            state.script = script.to_vec();
            state.rewritten = false;
            state.flags |= wants_flags(step);
        }
        Ok(declared)
    }

    fn confined(
        &self,
        step: Step,
        function: &str,
        package: Option<&str>,
        state: &State,
    ) -> Result<Confined, FunctionError> {
        let network = step == Step::Prepare && self.network_in_prepare;
        let (folder, mounts) = self
            .mounts(package.as_slice(), &state.script, network)
            .map_err(FunctionError::Folder)?;
        let seen = |name: &str| folder.join(name).into_os_string();
        let part = package.unwrap_or(self.base_name);
        let args = vec![
            "--norc".into(),
            "--noprofile".into(),
            "-c".into(),
            format!("{}\n{RUNNER}", recipe::PRELUDE).into(),
            "runner".into(),
            function.into(),
            package.unwrap_or_default().into(),
            seen("src"),
            self.seen_package(part).into_os_string(),
            self.seen_settings().into_os_string(),
            if state.script.is_empty() { "".into() } else { self.seen_state().into_os_string() },
            if state.rewritten { "1" } else { "0" }.into(),
            if wants_flags(step) && !state.flags { "1" } else { "0" }.into(),
        ];
        let mut confined = Confined {
            program: "/bin/bash".into(),
            args,
            env: self.environment(),
            folder,
            mounts,
            network,
            devices: self.devices,
            channel: true,
        };
        if step == Step::Package && Self::has_fakeroot() {
            self.under_fakeroot(&mut confined).map_err(FunctionError::Folder)?;
        }
        Ok(confined)
    }
}

/// The functions that see the compiler flags: makepkg makes them before `build()`.
fn wants_flags(step: Step) -> bool {
    matches!(step, Step::Build | Step::Check | Step::Package)
}
