use std::{io, os::unix::ffi::OsStrExt as _, path::Path, time::Duration};

use rbee_hive_artifact_catalog::{Step, Stream};
use tokio_util::sync::CancellationToken;

use super::{
    Toggles,
    binaries::{Binaries, Kind},
    operations::{Operations, Symbols},
};
use crate::{
    functions::{Workshop, ownership},
    host,
    package::PackageError,
    recipe::Declared,
    sandbox::{self, Limits, Mount},
    tail::Tail,
};

const TIDY: &str = include_str!("tidy.sh");

const LIMITS: Limits = Limits { wall: Duration::from_hours(2), channel: 0 };

/// Where the sandbox shows the lists of files to strip.
const LISTS: &str = "/run/tidy";

/// How many of the last lines an error repeats.
const TAIL: usize = 10;

/// Brings a package into the form that makepkg gives it. `declared` is what the package's function
/// left. The tools that read the package's files run in the sandbox, as the function did, and not at
/// all where there is nothing for them.
///
/// # Errors
/// If they cannot be run.
pub(crate) async fn tidy(
    workshop: &Workshop<'_>,
    name: &str,
    declared: &Declared,
) -> Result<(), PackageError> {
    let part = workshop.parts.join(name);
    let toggles = Toggles::new(declared);
    let (mut operations, mut binaries) = look_through(workshop, &part, declared).await?;
    if !binaries.is_empty() && host::find_program("strip").is_none() {
        let text = "binaries stay as they are: this host has no `strip`; install binutils";
        workshop.events.warn(Step::Package, text);
        binaries = Binaries::default();
    }
    let debug = format!("{}-debug", workshop.base_name);
    let keeps_symbols = toggles.keeps_symbols() && !binaries.is_empty();
    let seen = workshop.seen_package(&debug);
    let srcdir = workshop.seen_start().join("src");
    let symbols = Symbols { base: workshop.base_name, srcdir: &srcdir, part: &seen };
    operations.strip(declared, &binaries, keeps_symbols.then_some(&symbols));
    operations.zipman(declared, &part);
    if operations.is_empty() {
        return Ok(());
    }

    let lists = workshop.build.join("tidy");
    write_lists(&lists, &binaries).map_err(PackageError::Folder)?;
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut args = vec![
        workshop.seen_package(name).into_os_string(),
        workshop.tier.seen(&lists, Path::new(LISTS)).as_os_str().to_owned(),
        jobs.to_string().into(),
    ];
    args.extend(operations.into_arguments());
    let packages = if keeps_symbols { vec![name, &debug] } else { vec![name] };
    let mut confined =
        workshop.confine(TIDY, "tidy", args, &packages).map_err(PackageError::Folder)?;
    confined.mounts.push(Mount::read(&lists, LISTS));

    let mut tail = Tail::new(TAIL);
    let mut on_line = |stream: Stream, line: String| {
        workshop.events.output(Step::Package, stream, &line);
        tail.push(&line);
    };
    let ran = sandbox::run(workshop.tier, &confined, LIMITS, workshop.cancel, &mut on_line).await;
    match ran.map_err(PackageError::Sandbox)?.code {
        0 => Ok(()),
        code => Err(PackageError::Tidy { package: name.to_owned(), code, tail }),
    }
}

/// What the package's files ask for: what is to be taken out, and what can be stripped.
async fn look_through(
    workshop: &Workshop<'_>,
    part: &Path,
    declared: &Declared,
) -> Result<(Operations, Binaries), PackageError> {
    let (part, declared, fakeroot) = (part.to_owned(), declared.clone(), workshop.fakeroot());
    let look = move |cancel: &CancellationToken| {
        let (mut operations, mut binaries) = (Operations::default(), Binaries::default());
        operations.removals(&declared, &part, cancel)?;
        if Toggles::new(&declared).is_on("strip") {
            binaries = Binaries::of(&part, &ownership(&fakeroot, &part, cancel)?, cancel)?;
        }
        Ok((operations, binaries))
    };
    workshop.apart(move |cancel| look(cancel).map_err(PackageError::folder)).await
}

fn write_lists(folder: &Path, binaries: &Binaries) -> io::Result<()> {
    fs_err::create_dir_all(folder)?;
    for (kind, name) in
        [(Kind::Program, "program"), (Kind::Shared, "shared"), (Kind::Static, "static")]
    {
        let mut list = Vec::new();
        for path in binaries.of_kind(kind) {
            list.extend_from_slice(path.as_bytes());
            list.push(0);
        }
        fs_err::write(folder.join(name), list)?;
    }
    Ok(())
}
