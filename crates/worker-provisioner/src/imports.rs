use std::{collections::BTreeMap, path::Path};

use rbee_hive_artifact_catalog::{
    ImportRequest, JobId, Provenance, SourceRecord, Step, WorkerBinary, WorkerId, WorkerType,
};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::{
    error::Error,
    events::JobEvents,
    import::{self, Info, PackageFile},
    package,
    provisioner::WorkerProvisioner,
    sandbox::Tier,
    source::hex,
};

impl WorkerProvisioner {
    /// The full id of the worker that a package file would become.
    pub(crate) async fn id_of_package(
        &self,
        request: &ImportRequest,
        cancel: &CancellationToken,
    ) -> Result<String, Error> {
        let (path, cancel) = (request.file.clone(), cancel.clone());
        let info = blocking(move || Ok(PackageFile::open(&path, cancel)?.head()?.info)).await?;
        Ok(WorkerBinary::full_id(&info.name, backend(request, &info), &info.version))
    }

    /// Takes a package file into the store, as the worker of this id.
    pub(crate) async fn import_of(
        &self,
        id: &WorkerId,
        request: &ImportRequest,
        job: JobId,
        cancel: &CancellationToken,
    ) -> Result<WorkerBinary, Error> {
        let events = std::sync::Arc::new(JobEvents::new(
            job.clone(),
            self.reporter.clone(),
            &self.folders.jobs(),
        ));
        events.start(Step::Verify);
        let (path, token, told) = (request.file.clone(), cancel.clone(), events.clone());
        let (file, head, digest) = blocking(move || {
            let file = PackageFile::open(&path, token)?;
            let head = file.head()?;
            let digest = file.digest(&|done, total| told.progress(Step::Verify, done, total))?;
            Ok((file, head, digest))
        })
        .await?;
        let (info, backend) = (head.info.clone(), backend(request, &head.info));
        if id.to_string() != WorkerBinary::full_id(&info.name, backend, &info.version) {
            return Err(import::ImportError::Changed(request.file.clone()).into());
        }
        let (beside, missing) = self.catalogued(&info.depends, backend)?;
        let key = action_key(&digest, backend, request.entrypoint.as_deref(), &beside.keys());
        if let Some(worker) = self.catalog.find(&key)? {
            events.finish(Step::Verify);
            let text = "this file is in the store already: nothing to import";
            events.note(Step::Verify, text);
            return Ok(worker);
        }
        if !missing.is_empty() {
            let missing = missing.join(", ");
            events.note(Step::Verify, &format!("it needs of this host: {missing}"));
        }
        events.finish(Step::Verify);

        events.start(Step::Extract);
        let staging = self.store.stage(&job)?;
        let (tree, told) = (staging.tree().to_owned(), events.clone());
        let wanted = request.entrypoint.clone();
        let (info, metadata, entrypoint) = blocking(move || {
            let progress = |done, total| told.progress(Step::Extract, done, total);
            let metadata = import::extract(&file, &head, &tree, &progress)?;
            let entrypoint = import::entrypoint(&tree, &head.info, wanted.as_deref())?;
            Ok((head.info, metadata, entrypoint))
        })
        .await?;
        events.finish(Step::Extract);

        let note = info.worker.filter(|note| note.entrypoint == entrypoint);
        let (smoke, formats) = note.map(|note| (note.smoke, note.formats)).unwrap_or_default();
        // Without a smoke test nothing of the package has run here.
        let mut sandbox = "";
        if !smoke.is_empty() {
            events.start(Step::Smoke);
            let tier = &Tier::choose(self.options.sandbox)?;
            sandbox = tier.as_str();
            let (tree, devices) = (staging.tree(), backend != WorkerType::Cpu);
            let trial = (&*entrypoint, &*smoke);
            package::smoke(tier, tree, trial, &beside, devices, &events, cancel).await?;
            events.finish(Step::Smoke);
        }

        events.start(Step::Commit);
        let record = |(file, content)| (format!("packages/{}/{file}", info.name), content);
        let product = package::Product {
            provenance: Provenance {
                dependencies: beside.records(),
                ..provenance(key, &digest, request, &metadata, sandbox, job)
            },
            records: metadata.into_iter().map(record).collect(),
            name: info.name,
            version: info.version,
            backend,
            entrypoint,
            formats,
        };
        let worker = package::commit(staging, product, cancel).await?;
        events.finish(Step::Commit);
        Ok(worker)
    }
}

/// The backend that is asked for, else the one that a hive has noted.
fn backend(request: &ImportRequest, info: &Info) -> WorkerType {
    let noted = info.worker.as_ref().map(|worker| worker.backend);
    request.backend.or(noted).unwrap_or(WorkerType::Cpu)
}

/// The digest of everything that makes another worker.
fn action_key(
    digest: &str,
    backend: WorkerType,
    entrypoint: Option<&Path>,
    dependencies: &[String],
) -> String {
    let dependencies = dependencies.join(" ");
    let entrypoint = entrypoint.map(|path| path.display().to_string()).unwrap_or_default();
    hex(&Sha256::digest(format!(
        "rbee-import-1\n{digest}\n{backend}\n{entrypoint}\n{dependencies}\n"
    )))
}

fn provenance(
    action_key: String,
    digest: &str,
    request: &ImportRequest,
    metadata: &[(String, Vec<u8>)],
    sandbox: &str,
    job_id: JobId,
) -> Provenance {
    let origin = request.origin.clone().unwrap_or_else(|| request.file.display().to_string());
    let name = Path::new(&origin).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let built = metadata.iter().find(|(file, _)| file == "BUILDINFO");
    let built = built.map(|(_, content)| String::from_utf8_lossy(content)).unwrap_or_default();
    let recipe = built.lines().find_map(|line| line.strip_prefix("pkgbuild_sha256sum = "));
    Provenance {
        action_key,
        tree_digest: String::new(),
        recipe_digest: recipe.unwrap_or_default().to_owned(),
        index: format!("{}{name}", Provenance::IMPORTED),
        sources: vec![SourceRecord {
            origin,
            name,
            digest: format!("sha256:{digest}"),
            signed_by: None,
        }],
        dependencies: Vec::new(),
        unverified: Vec::new(),
        sandbox: sandbox.to_owned(),
        options: Vec::new(),
        toolchain: BTreeMap::new(),
        job_id,
        hive_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Runs what blocks on a thread of its own. It looks at the job's token itself.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|error| Error::Io { action: "import", source: std::io::Error::other(error) })?
}
