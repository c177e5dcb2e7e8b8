use std::{ffi::OsString, path::Path, time::Duration};

use rbee_hive_artifact_catalog::{Architecture, Stream, WorkerType};
use tokio_util::sync::CancellationToken;

use super::{
    RecipeError,
    declared::{Declared, Unreadable},
    environment::platform_environment,
    lint::Problem,
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

/// Evaluates the top level of the PKGBUILD of the recipe called `name`, which sees `start` as the
/// folder it lies in: [`START`] where what it declares shall not depend on this host. It sees no other file of the
/// host, no network, nothing writable but a private `/tmp`, and has limits on time and memory.
///
/// # Errors
/// If the recipe fails or does not come to its end, or no sandbox works.
pub(crate) async fn evaluate(
    tier: &Tier,
    name: &str,
    pkgbuild: &[u8],
    start: &Path,
    architecture: Architecture,
    backend: WorkerType,
    cancel: &CancellationToken,
) -> Result<Declared, RecipeError> {
    let name = || name.to_owned();
    if pkgbuild.contains(&b'\r') {
        let problems = vec![Problem::carriage_return()];
        return Err(RecipeError::Refused { name: name(), problems });
    }
    let alone = tempfile::tempdir().map_err(RecipeError::Copy)?;
    let folder = alone.path();
    fs_err::write(folder.join("PKGBUILD"), pkgbuild).map_err(RecipeError::Copy)?;
    let inside = tier.seen(folder, start).to_owned();
    let mut env = platform_environment(architecture, backend);
    env.push(("HOME".to_owned(), "/tmp".into()));
    let confined = Confined {
        program: "/bin/bash".into(),
        // Recipes see makepkg's name as $0, and their own whole path, as from makepkg.
        args: ["--norc", "--noprofile", "-c", BRIDGE, "/usr/bin/makepkg"]
            .map(OsString::from)
            .into_iter()
            .chain([inside.join("PKGBUILD").into()])
            .collect(),
        env,
        folder: inside.clone(),
        mounts: vec![Mount::read(folder, start)],
        network: false,
        devices: false,
        channel: true,
    };
    let mut said = Tail::new(SAID);
    let mut output = Vec::new();
    let mut keep = |stream, line: String| {
        if stream == Stream::Stdout {
            output.push(line.clone());
        }
        said.push(&line);
    };
    let ending =
        sandbox::run(tier, &confined, LIMITS, cancel, &mut keep).await.map_err(|source| {
            match source {
                SandboxError::Cancelled => RecipeError::Cancelled,
                source => RecipeError::Evaluate { name: name(), source },
            }
        })?;
    let declared = Declared::parse(&ending.channel).and_then(|declared| {
        // Its EXIT trap has the last word.
        if ending.code == 0 {
            Ok(declared)
        } else {
            Err(Unreadable::Failed(ending.code.to_string()))
        }
    });
    declared.map(|declared| Declared { noise: noise(&output), ..declared }).map_err(|unreadable| {
        let said = said.to_string();
        match unreadable {
            Unreadable::Failed(status) => RecipeError::Failed { name: name(), status, said },
            Unreadable::Left => RecipeError::Left { name: name(), said },
            Unreadable::Garbled => RecipeError::Garbled { name: name() },
        }
    })
}

/// What the recipe wrote before and after the bridge's dot.
fn noise(output: &[String]) -> [String; 2] {
    let Some((end, last)) =
        output.iter().enumerate().rev().find_map(|(i, line)| Some((i, line.strip_suffix('.')?)))
    else {
        return Default::default();
    };
    let lines = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    [lines(&output[..end]) + last, lines(&output[end + 1..])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_ends_at_the_dot() {
        let noise =
            |lines: &[&str]| noise(&lines.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(noise(&["."]), ["", ""]);
        assert_eq!(noise(&["a", "b."]), ["a\nb", ""]);
        assert_eq!(noise(&["a", ".", "bye"]), ["a\n", "bye\n"]);
        assert_eq!(noise(&[]), ["", ""]);
    }
}
