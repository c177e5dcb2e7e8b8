use rbee_hive_artifact_catalog::{Artifact as _, ArtifactStatus, WorkerBinary, WorkerType};

use super::{Provided, Requirement, Seen, closure::Part};
use crate::{error::Error, provisioner::WorkerProvisioner};

impl WorkerProvisioner {
    /// What the catalog has of the `depend` entries of a package, for it to run with: workers in use
    /// that are called so, of the same backend if there is one, and what these run with themselves.
    /// Also the entries that it has nothing for, which the host must have.
    ///
    /// # Errors
    /// If the catalog cannot be read.
    pub(crate) fn catalogued(
        &self,
        depends: &[String],
        backend: WorkerType,
    ) -> Result<(Seen, Vec<String>), Error> {
        let mut workers = self.catalog.all()?;
        workers.retain(|worker| worker.status == ArtifactStatus::Available);
        let (mut found, mut missing): (Vec<&WorkerBinary>, _) = (Vec::new(), Vec::new());
        for entry in depends {
            let wanted = Requirement::parse(entry);
            let fits = |worker: &&WorkerBinary| {
                let has = Provided::package(worker.name.as_str(), worker.version.as_str());
                worker.active && wanted.is_met_by(&has)
            };
            let fitting: Vec<_> = workers.iter().filter(fits).collect();
            let same = fitting.iter().find(|worker| worker.worker_type == backend);
            let Some(worker) = same.or(fitting.first()) else {
                missing.push(entry.clone());
                continue;
            };
            // Recorded in the opposite order: what is seen over others first.
            let records = worker.provenance.dependencies.iter().rev().filter(|d| d.runtime);
            let own = records.filter_map(|d| workers.iter().find(|w| w.path.ends_with(&d.object)));
            for worker in own.chain([*worker]) {
                if !found.iter().any(|known| known.path() == worker.path()) {
                    found.push(worker);
                }
            }
        }
        let found = found.into_iter().map(|worker| (worker.clone(), Part::Runtime));
        Ok((Seen::new(found.collect()), missing))
    }
}
