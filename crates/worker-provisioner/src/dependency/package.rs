use rbee_hive_artifact_catalog::{Artifact as _, ArtifactStatus, WorkerBinary, WorkerType};

use super::{Provided, Requirement, Seen, closure::Part};
use crate::{error::Error, provisioner::WorkerProvisioner};

impl WorkerProvisioner {
    /// What the catalog has of the `depend` entries of a package, for it to run with: workers in use
    /// that are called so or provide it, of the same backend if there is one, and what these run with
    /// themselves. Also the entries that it has nothing for, which the host must have.
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
        let in_use = workers.iter().filter(|worker| worker.active);
        let offered: Vec<_> = in_use.map(|worker| (worker, self.provided(worker))).collect();
        for entry in depends {
            let wanted = Requirement::parse(entry);
            let fitting: Vec<&WorkerBinary> = offered
                .iter()
                .filter(|(_, has)| has.iter().any(|has| wanted.is_met_by(has)))
                .map(|(worker, _)| *worker)
                .collect();
            let same = fitting.iter().find(|worker| worker.worker_type == backend);
            let Some(&worker) = same.or(fitting.first()) else {
                missing.push(entry.clone());
                continue;
            };
            // Recorded in the opposite order: what is seen over others first.
            let records = worker.provenance.dependencies.iter().rev().filter(|d| d.runtime);
            let own = records.filter_map(|d| workers.iter().find(|w| w.path.ends_with(&d.object)));
            for worker in own.chain([worker]) {
                if !found.iter().any(|known| known.path() == worker.path()) {
                    found.push(worker);
                }
            }
        }
        let found = found.into_iter().map(|worker| (worker.clone(), Part::Runtime));
        Ok((Seen::new(found.collect()), missing))
    }

    /// What a worker is to others: its packages, and what the `.PKGINFO` of each says it provides.
    fn provided(&self, worker: &WorkerBinary) -> Vec<Provided> {
        let mut has = vec![Provided::package(worker.name.as_str(), worker.version.as_str())];
        // One without these records is known by its own name only.
        for package in self.store.record_names(&worker.path, "packages").unwrap_or_default() {
            let record = self.store.record(&worker.path, &format!("packages/{package}/PKGINFO"));
            let info = record.unwrap_or_default();
            has.push(Provided::package(&package, worker.version.as_str()));
            let lines = String::from_utf8_lossy(&info);
            has.extend(
                lines.lines().filter_map(|l| l.strip_prefix("provides = ")).map(Provided::parse),
            );
        }
        has
    }
}
