use std::{
    ffi::OsString,
    io,
    os::{fd::OwnedFd, unix::process::CommandExt},
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};

/// A program of the host that helps to fetch or to verify: git, gpg, or a download agent. Never recipe code.
#[derive(Debug, Clone)]
pub(crate) struct ToolCommand {
    /// Looked up in PATH if it has no slash.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<OsString>,
    /// Added to the hive's own environment.
    pub(crate) env: Vec<(OsString, OsString)>,
    /// Taken out of it.
    pub(crate) unset: Vec<OsString>,
    /// Where it starts.
    pub(crate) cwd: PathBuf,
    /// The only folders it can write to, where the runner can enforce that. They must exist.
    pub(crate) writable: Vec<PathBuf>,
    /// Whether it may use the network, where the runner can enforce that.
    pub(crate) network: bool,
    /// What it reads; nothing if there is none.
    pub(crate) stdin: Option<Arc<OwnedFd>>,
}

/// How such programs are started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ToolRunner {
    /// By this bwrap program: the host read-only, its network, a PID namespace that ends with the
    /// job, whatever a program in it detached.
    Bwrap(PathBuf),
    /// In a process group of its own. A process that leaves the group outlives the job.
    Direct,
}

impl ToolRunner {
    /// The program as this runner starts it, in a process group of its own.
    ///
    /// # Errors
    /// If its stdin cannot be handed on.
    pub(super) fn process(&self, tool: &ToolCommand) -> io::Result<Command> {
        let mut command = match self {
            Self::Direct => {
                let mut command = Command::new(&tool.program);
                command.current_dir(&tool.cwd);
                command
            }
            Self::Bwrap(bwrap) => {
                let mut command = Command::new(bwrap);
                command.args(["--ro-bind", "/", "/", "--dev-bind", "/dev", "/dev"]);
                command.args(["--proc", "/proc"]);
                for folder in &tool.writable {
                    command.arg("--bind").arg(folder).arg(folder);
                }
                command.arg("--chdir").arg(&tool.cwd);
                if !tool.network {
                    command.arg("--unshare-net");
                }
                command.args(["--unshare-pid", "--die-with-parent", "--new-session", "--"]);
                command.arg(&tool.program);
                command
            }
        };
        command.args(&tool.args);
        // What a daemon asks its clients for is not for those that it fetches from.
        command.env_remove("HIVE_TOKEN");
        for name in &tool.unset {
            command.env_remove(name);
        }
        command.envs(tool.env.iter().map(|(name, value)| (name, value)));
        command.stdin(match &tool.stdin {
            Some(stdin) => Stdio::from(stdin.try_clone()?),
            None => Stdio::null(),
        });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0);
        Ok(command)
    }
}
