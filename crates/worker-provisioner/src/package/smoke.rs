use std::{path::Path, time::Duration};

use rbee_hive_artifact_catalog::{Step, Stream, WorkerBinary};
use tokio_util::sync::CancellationToken;

use super::PackageError;
use crate::{
    dependency::Seen,
    events::JobEvents,
    host,
    sandbox::{self, Confined, Limits, Mount, Tier},
    tail::Tail,
};

const LIMITS: Limits = Limits { wall: Duration::from_mins(2), channel: 0 };

/// Where the sandbox shows the package.
const INSIDE: &str = "/worker";

/// How many of the last lines an error repeats.
const TAIL: usize = 10;

/// Runs the entrypoint with the arguments of the recipe's `_worker_smoke`, in the sandbox, without
/// network.
///
/// # Errors
/// If it does not exit with 0.
pub(crate) async fn smoke(
    tier: &Tier,
    tree: &Path,
    (entrypoint, arguments): (&Path, &[String]),
    dependencies: &Seen,
    devices: bool,
    events: &JobEvents,
    cancel: &CancellationToken,
) -> Result<(), PackageError> {
    let seen = tier.seen(tree, Path::new(INSIDE));
    let program = seen.join(entrypoint);
    let mut env = dependencies.environment(tier);
    let mut libraries: Vec<_> = WorkerBinary::library_folders(tree)
        .iter()
        .filter_map(|folder| Some(seen.join(folder.strip_prefix(tree).ok()?).into_os_string()))
        .collect();
    libraries
        .extend(env.iter().filter(|(name, _)| name == "LD_LIBRARY_PATH").map(|(_, v)| v.clone()));
    env.extend(
        [
            ("LANG", "C.UTF-8".into()),
            ("HOME", "/tmp".into()),
            ("LD_LIBRARY_PATH", libraries.join(":".as_ref())),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    if !env.iter().any(|(name, _)| name == "PATH") {
        env.push(("PATH".to_owned(), host::PATH.into()));
    }
    let mut mounts = vec![Mount::read(tree, INSIDE)];
    mounts.extend(dependencies.mounts());
    let confined = Confined {
        program,
        args: arguments.iter().map(Into::into).collect(),
        env,
        folder: "/".into(),
        mounts,
        network: false,
        devices,
        channel: false,
    };
    let mut tail = Tail::new(TAIL);
    let mut on_line = |stream: Stream, line: String| {
        events.output(Step::Smoke, stream, &line);
        tail.push(&line);
    };
    let ending = sandbox::run(tier, &confined, LIMITS, cancel, &mut on_line).await;
    let ending = ending.map_err(PackageError::Sandbox)?;
    if ending.code == 0 {
        return Ok(());
    }
    let command = format!("{} {}", entrypoint.display(), arguments.join(" "));
    Err(PackageError::Smoke { command, code: ending.code, tail })
}
