use std::{
    io::{self, Write},
    os::unix::fs::{MetadataExt, fchown},
    path::Path,
    sync::Arc,
};

use rbee_hive_artifact_catalog::{Folders, JobId, ProvisionError, Reporter, Step};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{ChecksumsError, edit, scan, sums::Group};
use crate::{
    error::Error,
    events::JobEvents,
    inspection::Subject,
    options::ProvisionOptions,
    provisioner::runner,
    recipe::{self, Value},
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
    let subject = Subject::at(path, options)?;
    let (folder, text) = (&subject.folder, &subject.pkgbuild);
    let pkgbuild = folder.join("PKGBUILD");
    let declared = subject.evaluate_as(text, cancel).await?;
    let groups = Group::all(&declared)?;
    let assignments = scan::assignments(text).map_err(|(at, what)| ChecksumsError::Text {
        path: pkgbuild.clone(),
        line: text[..at.min(text.len())].split(|b| *b == b'\n').count(),
        what,
    })?;
    // Before anything is fetched: whether the result can be written.
    for group in &groups {
        for (algorithm, present) in group.present() {
            edit::plain(text, &assignments, &group.array(algorithm), present)?;
        }
    }
    events.finish(Step::Evaluate);

    events.start(Step::Fetch);
    // They run on the host: the recipe has no word in which they are.
    let settings = recipe::evaluate_settings(&subject.tier, &subject.settings, cancel).await?;
    let agents = DownloadAgents::configured(&settings, &options.download_agents)?;
    let context = FetchContext {
        cache: &folders.sources(),
        recipe: folder,
        offline: options.offline,
        agents: &agents,
        runner: &runner(&subject.tier),
        http: &HttpConfig::default(),
        limit: options.fetches.as_ref(),
        wait: &|reason| events.wait(reason),
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
            if let Some(there) = edit::plain(text, &assignments, &array, before)? {
                edits.extend(edit::rewrite(text, there, &values));
            } else {
                let new = edit::insert(text, group.place(&assignments, &array)?, &array, &values);
                match &mut inserted {
                    Some(inserted) => inserted.with.push_str(&new.with),
                    None => inserted = Some(new),
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
    let edited = edit::apply(text, edits);
    if subject.evaluate_as(&edited, cancel).await? != intended {
        return Err(ChecksumsError::Otherwise { path: pkgbuild }.into());
    }
    events.finish(Step::Verify);
    write(&pkgbuild, text, &edited)?;
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
