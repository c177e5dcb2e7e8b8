use std::{path::Path, time::Duration};

use rbee_hive_artifact_catalog::{Architecture, WorkerType};
use tokio_util::sync::CancellationToken;

use super::{
    RecipeError,
    declared::{Declared, Unreadable},
    environment::platform_environment,
};
use crate::{
    sandbox::{self, Confined, Limits, Mount, SandboxError, Tier},
    tail::Tail,
};

/// The program that reads a recipe, in bash 5 or later.
const BRIDGE: &str = include_str!("bridge.sh");

/// Where a recipe lies in the sandbox, as makepkg's `startdir`.
pub(crate) const START: &str = "/build";

/// No recipe that works takes a fraction of it.
const LIMITS: Limits = Limits { wall: Duration::from_secs(30), channel: 16 << 20 };

/// How many of the last lines that a recipe wrote an error repeats.
const SAID: usize = 5;

/// Evaluates the top level of the PKGBUILD of the recipe called `name`: it sees no other file of the
/// host, no network, nothing writable but a private `/tmp`, and has limits on time and memory.
///
/// # Errors
/// If the recipe fails or does not come to its end, or no sandbox works.
pub(crate) async fn evaluate(
    tier: &Tier,
    name: &str,
    pkgbuild: &[u8],
    architecture: Architecture,
    backend: WorkerType,
    cancel: &CancellationToken,
) -> Result<Declared, RecipeError> {
    let name = || name.to_owned();
    let alone = tempfile::tempdir().map_err(RecipeError::Copy)?;
    let folder = alone.path();
    fs_err::write(folder.join("PKGBUILD"), pkgbuild).map_err(RecipeError::Copy)?;
    let start = Path::new(START);
    let mut env = platform_environment(architecture, backend);
    env.push(("HOME".to_owned(), "/tmp".into()));
    let confined = Confined {
        program: "/bin/bash".into(),
        args: ["--norc", "--noprofile", "-c", BRIDGE, "bridge", "./PKGBUILD"]
            .map(Into::into)
            .to_vec(),
        env,
        folder: tier.seen(folder, start).to_owned(),
        mounts: vec![Mount::read(folder, start)],
        network: false,
        devices: false,
        channel: true,
    };
    let mut said = Tail::new(SAID);
    let mut keep = |_, line: String| said.push(&line);
    let ending =
        sandbox::run(tier, &confined, LIMITS, cancel, &mut keep).await.map_err(|source| {
            match source {
                SandboxError::Cancelled => RecipeError::Cancelled,
                source => RecipeError::Evaluate { name: name(), source },
            }
        })?;
    Declared::parse(&ending.channel).map_err(|unreadable| {
        let said = said.to_string();
        match unreadable {
            Unreadable::Failed(status) => RecipeError::Failed { name: name(), status, said },
            Unreadable::Left => RecipeError::Left { name: name(), said },
            Unreadable::Garbled => RecipeError::Garbled { name: name() },
        }
    })
}
