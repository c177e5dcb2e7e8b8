use std::{
    io::{self, Write},
    os::unix::fs::{MetadataExt, fchown},
    path::Path,
    sync::Arc,
};

use rbee_hive_artifact_catalog::{
    Architecture, Folders, JobId, ProvisionError, Reporter, Step, WorkerType,
};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{ChecksumsError, edit, scan, sums::Group};
use crate::{
    error::Error,
    events::JobEvents,
    index::{IndexError, recipe_folder},
    options::ProvisionOptions,
    provisioner::{read_pkgbuild, runner},
    recipe::{self, Value},
    sandbox::Tier,
    settings::Settings,
    source::{DownloadAgents, FetchContext, HttpConfig},
};

/// What came of writing a recipe's sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecipeChecksums {
    /// Every sum that is another one now. Without any, the file was not touched.
    pub changes: Vec<ChecksumChange>,
}

/// One sum that is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChecksumChange {
    /// The array, for example `sha256sums_x86_64`.
    pub array: String,
    /// The source's file name; of a sum that was one too many, nothing.
    pub source: Option<String>,
    /// What was there before.
    pub before: Option<String>,
    /// What is there now.
    pub now: Option<String>,
}

/// Fetches the sources of the PKGBUILD at `path`, which may also name its folder, for every
/// architecture, and writes their sums into it. Format and comments stay. It need not be the recipe
/// of a worker.
///
/// # Errors
/// If a source cannot be fetched, or the sums do not stand there as plain arrays. Then nothing was
/// written.
pub async fn recipe_checksums(
    path: &Path,
    folders: &Folders,
    options: &ProvisionOptions,
    (job, reporter): (&str, Arc<dyn Reporter>),
    cancel: &CancellationToken,
) -> Result<RecipeChecksums, ProvisionError> {
    let job: JobId = job.parse().map_err(Error::from)?;
    let events = JobEvents::new(job, reporter, &folders.jobs());
    Ok(update(path, folders, options, &events, cancel).await?)
}

async fn update(
    path: &Path,
    folders: &Folders,
    options: &ProvisionOptions,
    events: &JobEvents,
    cancel: &CancellationToken,
) -> Result<RecipeChecksums, Error> {
    events.start(Step::Evaluate);
    let folder = recipe_folder(path);
    let pkgbuild = folder.join("PKGBUILD");
    if !pkgbuild.is_file() {
        return Err(IndexError::NoRecipe(path.to_owned()).into());
    }
    let tier = Tier::choose(options.sandbox)?;
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
    let settings = Settings::read(options, Architecture::HOST)?;
    let evaluate = async |text: &[u8]| {
        let (arch, backend) = (Architecture::HOST, WorkerType::Cpu);
        recipe::evaluate(&tier, &name, &folder, text, &folder, &settings, arch, backend, cancel)
            .await
    };
    let text = read_pkgbuild(&folder)?;
    let declared = evaluate(&text).await?;
    let groups = Group::all(&declared)?;
    let assignments = scan::assignments(&text).map_err(|(at, what)| ChecksumsError::Text {
        path: pkgbuild.clone(),
        line: text[..at.min(text.len())].split(|b| *b == b'\n').count(),
        what,
    })?;
    // Before anything is fetched: whether the result can be written.
    for group in &groups {
        for (algorithm, present) in group.present() {
            edit::plain(&text, &assignments, &group.array(algorithm), present)?;
        }
    }
    events.finish(Step::Evaluate);

    events.start(Step::Fetch);
    let agents = DownloadAgents::configured(&declared, &options.download_agents)?;
    let context = FetchContext {
        cache: &folders.sources(),
        recipe: &folder,
        offline: options.offline,
        agents: &agents,
        runner: &runner(&tier),
        http: &HttpConfig::default(),
        progress: &|done, total| events.progress(Step::Fetch, done, total),
        note: &|text| events.note(Step::Fetch, &text),
        warn: &|text| events.warn(Step::Fetch, &text),
    };
    let mut edits = Vec::new();
    let mut changes = Vec::new();
    let mut intended = declared.clone();
    for group in &groups {
        let computed = group.compute(&context, events, cancel).await?;
        // New arrays of one source array stand behind each other, in the order of their kinds.
        let mut inserted: Option<edit::Edit> = None;
        for (algorithm, values) in computed {
            let array = group.array(algorithm);
            let before = declared.array(&array);
            match edit::plain(&text, &assignments, &array, before)? {
                Some(there) => edits.extend(edit::rewrite(&text, there, &values)),
                None => {
                    let source_array = format!("source{}", group.suffix);
                    let mut beside = assignments.iter().rev().filter(|a| a.name == source_array);
                    let beside =
                        beside.next().filter(|beside| !beside.nested).ok_or_else(|| {
                            ChecksumsError::NoPlace { array: array.clone(), source_array }
                        })?;
                    let new = edit::insert(&text, beside, &array, &values);
                    match &mut inserted {
                        Some(inserted) => inserted.with.push_str(&new.with),
                        None => inserted = Some(new),
                    }
                }
            }
            changes.extend(changed(&array, group, before, &values));
            let values = edit::as_written(before, values);
            intended.globals.insert(array, Value::Array(values));
        }
        edits.extend(inserted);
    }
    events.finish(Step::Fetch);
    if edits.is_empty() {
        return Ok(RecipeChecksums { changes });
    }

    events.start(Step::Verify);
    let edited = edit::apply(&text, edits);
    if evaluate(&edited).await? != intended {
        return Err(ChecksumsError::Otherwise { path: pkgbuild }.into());
    }
    events.finish(Step::Verify);
    write(&pkgbuild, &text, &edited)?;
    Ok(RecipeChecksums { changes })
}

fn changed(array: &str, group: &Group, before: &[String], now: &[String]) -> Vec<ChecksumChange> {
    let names: Vec<_> = group.names().collect();
    let all = (0..before.len().max(now.len())).map(|index| ChecksumChange {
        array: array.to_owned(),
        source: names.get(index).cloned(),
        before: before.get(index).cloned(),
        now: now.get(index).cloned(),
    });
    all.filter(|change| match (&change.before, &change.now) {
        (Some(before), Some(now)) => !before.eq_ignore_ascii_case(now),
        _ => true,
    })
    .collect()
}

/// Replaces the PKGBUILD in one step, with its mode and owner. If it is a link, what it leads to.
fn write(pkgbuild: &Path, before: &[u8], text: &[u8]) -> Result<(), ChecksumsError> {
    let failed = ChecksumsError::Write;
    let path = fs_err::canonicalize(pkgbuild).map_err(failed)?;
    let replace = || -> io::Result<tempfile::NamedTempFile> {
        let metadata = fs_err::metadata(&path)?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        let mut new = tempfile::Builder::new().prefix(".PKGBUILD.").tempfile_in(folder)?;
        new.write_all(text)?;
        let file = new.as_file();
        file.set_permissions(metadata.permissions())?;
        // Only root can give a file away, and nobody else has to.
        let _ = fchown(file, Some(metadata.uid()), Some(metadata.gid()));
        file.sync_all()?;
        Ok(new)
    };
    let new = replace().map_err(failed)?;
    if fs_err::read(&path).map_err(failed)? != before {
        return Err(ChecksumsError::Changed { path });
    }
    new.persist(&path).map(drop).map_err(|error| failed(error.error))
}
