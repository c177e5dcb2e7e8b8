use std::{ffi::OsString, path::Path, time::Duration};

use rbee_hive_artifact_catalog::{Architecture, Stream, WorkerType};
use tokio_util::sync::CancellationToken;

use super::{
    RecipeError,
    beside::beside,
    declared::{Declared, Unreadable},
    environment::platform_environment,
    lint::Problem,
};
use crate::{
    sandbox::{self, Confined, Limits, Mount, SandboxError, Tier},
    settings::{SOURCE_DATE_EPOCH, Settings},
    tail::Tail,
};

/// The program that reads a recipe, in bash 5 or later.
const BRIDGE: &str = include_str!("bridge.sh");

/// What a shell has before it reads a recipe.
pub(crate) const PRELUDE: &str = include_str!("prelude.sh");

/// Where a recipe lies in the sandbox, as makepkg's `startdir`.
pub(crate) const START: &str = "/build";

/// No recipe that works takes a fraction of it.
const LIMITS: Limits = Limits { wall: Duration::from_secs(30), channel: 16 << 20 };

/// Where the settings lie in the sandbox.
const SETTINGS: &str = "/run/settings";

/// What the bridge writes to standard output after all that the recipe wrote.
const SEPARATOR: char = '\u{1e}';

/// The status of a program that the kernel ended, for its time or its memory.
const KILLED: i32 = 128 + 9;

/// How many bytes of standard output are kept for what `.SRCINFO` begins and ends with.
const LONGEST_OUTPUT: usize = 1 << 20;

/// How many of the last lines that a recipe wrote an error repeats.
const SAID: usize = 5;

/// Evaluates the top level of the PKGBUILD of the recipe called `name`, which sees `start` as the
/// folder it lies in: [`START`] where what it declares shall not depend on this host. It sees the files
/// of `folder` that it names, no other file of the host, no network, nothing writable but a private
/// `/tmp`, and has limits on time and memory.
///
/// # Errors
/// If the recipe fails or does not come to its end, or no sandbox works.
#[expect(clippy::too_many_arguments, reason = "all that a recipe's top level can see")]
pub(crate) async fn evaluate(
    tier: &Tier,
    name: &str,
    folder: &Path,
    pkgbuild: &[u8],
    start: &Path,
    settings: &Settings,
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
    let named = beside(folder, pkgbuild);
    let original = folder;
    let (folder, conf) = (&alone.path().join("start"), &alone.path().join("settings"));
    fs_err::create_dir(folder).map_err(RecipeError::Copy)?;
    for name in named {
        fs_err::copy(original.join(&name), folder.join(&name)).map_err(RecipeError::Copy)?;
    }
    fs_err::write(folder.join("PKGBUILD"), pkgbuild).map_err(RecipeError::Copy)?;
    settings.write_to(conf).map_err(RecipeError::Copy)?;
    let inside = tier.seen(folder, start).to_owned();
    let mut env = platform_environment(architecture, backend);
    env.push(("HOME".to_owned(), "/tmp".into()));
    env.push(("SOURCE_DATE_EPOCH".to_owned(), SOURCE_DATE_EPOCH.into()));
    let script = format!("{PRELUDE}\n{BRIDGE}");
    let seen_conf = tier.seen(conf, Path::new(SETTINGS)).as_os_str();
    let confined = Confined {
        program: "/bin/bash".into(),
        // Recipes see makepkg's name as $0, and their own whole path, as from makepkg.
        args: ["--norc", "--noprofile", "-c", &script, "/usr/bin/makepkg"]
            .into_iter()
            .map(OsString::from)
            .chain([inside.join("PKGBUILD").into(), seen_conf.to_owned()])
            .collect(),
        env,
        folder: inside.clone(),
        mounts: vec![Mount::read(folder, start), Mount::read(conf, SETTINGS)],
        network: false,
        devices: false,
        channel: true,
    };
    let mut said = Tail::new(SAID);
    let (mut output, mut length) = (Vec::new(), 0);
    // Ends a program that writes without end.
    let stop = cancel.child_token();
    let mut keep = |stream, line: String| {
        if stream == Stream::Stdout {
            length += line.len() + 1;
            if length <= LONGEST_OUTPUT {
                output.push(line.clone());
            } else {
                stop.cancel();
            }
        }
        if !line.ends_with(SEPARATOR) {
            said.push(&line);
        }
    };
    let ended = sandbox::run(tier, &confined, LIMITS, &stop, &mut keep).await;
    let too_long = |said: &Tail| RecipeError::TooLong {
        name: name(),
        seconds: LIMITS.wall.as_secs(),
        said: said.to_string(),
    };
    let ending = match ended {
        Ok(ending) => ending,
        Err(SandboxError::Cancelled) if !cancel.is_cancelled() => {
            return Err(RecipeError::TooMuch { name: name(), kib: LONGEST_OUTPUT >> 10 });
        }
        Err(SandboxError::Cancelled) => return Err(RecipeError::Cancelled),
        Err(SandboxError::TimedOut { .. }) => return Err(too_long(&said)),
        Err(source) => return Err(RecipeError::Evaluate { name: name(), source }),
    };
    let declared = Declared::parse(&ending.channel).and_then(|declared| {
        // Its EXIT trap has the last word.
        if ending.code == 0 {
            Ok(declared)
        } else {
            Err(Unreadable::Failed(ending.code.to_string()))
        }
    });
    declared.map(|declared| Declared { noise: noise(&output), ..declared }).map_err(|unreadable| {
        match unreadable {
            Unreadable::Failed(status) => {
                RecipeError::Failed { name: name(), status, said: said.to_string() }
            }
            Unreadable::Left if ending.code == KILLED => too_long(&said),
            Unreadable::Left => RecipeError::Left { name: name(), said: said.to_string() },
            Unreadable::Settings(file, status) => RecipeError::Settings {
                file: settings.origin(&file),
                status,
                said: said.to_string(),
            },
            Unreadable::Garbled => RecipeError::Garbled { name: name() },
        }
    })
}

/// What the settings alone declare, with no recipe in their shell: for what a recipe must not have a
/// word in.
///
/// # Errors
/// If a file of the settings fails, or no sandbox works.
pub(crate) async fn evaluate_settings(
    tier: &Tier,
    settings: &Settings,
    cancel: &CancellationToken,
) -> Result<Declared, RecipeError> {
    let nothing = tempfile::tempdir().map_err(RecipeError::Copy)?;
    let (folder, start) = (nothing.path(), Path::new(START));
    let (arch, backend) = (Architecture::HOST, WorkerType::Cpu);
    evaluate(tier, "of the settings", folder, b"", start, settings, arch, backend, cancel).await
}

/// What the recipe wrote before and after the bridge's separator.
fn noise(output: &[String]) -> [String; 2] {
    let Some((end, last)) = output
        .iter()
        .enumerate()
        .rev()
        .find_map(|(i, line)| Some((i, line.strip_suffix(SEPARATOR)?)))
    else {
        return Default::default();
    };
    let lines =
        |lines: &[String]| lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>();
    [lines(&output[..end]) + last, lines(&output[end + 1..])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_ends_at_the_separator() {
        let noise =
            |lines: &[&str]| noise(&lines.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(noise(&["\u{1e}"]), ["", ""]);
        assert_eq!(noise(&["a", "b\u{1e}"]), ["a\nb", ""]);
        assert_eq!(noise(&["a", "\u{1e}", "bye"]), ["a\n", "bye\n"]);
        assert_eq!(noise(&[]), ["", ""]);
    }
}
