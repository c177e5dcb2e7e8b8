use std::collections::BTreeSet;

use rbee_hive_artifact_catalog::{
    Artifact, HistoryAction, HistoryEntry, Offer, Platform, WorkerBinary, WorkerId, WorkerType,
};

use crate::{Error, Result, WorkerCatalog};

impl WorkerCatalog {
    /// Every recipe that the index offers.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub async fn available(&self) -> Result<Vec<Offer>> {
        Ok(self.0.provisioner.available().await?)
    }

    /// One recipe that the index offers.
    ///
    /// # Errors
    /// If there is none of that name.
    pub async fn info(&self, worker_id: &str) -> Result<Offer> {
        let id: WorkerId = worker_id.parse()?;
        let offers = self.available().await?;
        let found = offers.into_iter().find(|offer| offer.name == id.name.as_str());
        found.ok_or_else(|| Error::NotOffered { id: worker_id.to_owned() })
    }

    /// Every installed worker, all versions, by worker and backend, the one installed last first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn list(&self) -> Result<Vec<WorkerBinary>> {
        Ok(self.0.catalog.list()?.into_iter().map(|worker| self.here(worker)).collect())
    }

    /// The worker with the path that it has in this store: the data folder may have been moved since
    /// it was recorded.
    pub(crate) fn here(&self, mut worker: WorkerBinary) -> WorkerBinary {
        worker.path = self.0.store.path().join(object_of(&worker));
        worker
    }

    /// A number that is another one after every change of what [`WorkerCatalog::list`] tells,
    /// whichever process made it. It is answered in microseconds.
    ///
    /// # Errors
    /// If the database fails.
    pub fn revision(&self) -> Result<u64> {
        Ok(self.0.catalog.revision()?)
    }

    /// The installed worker that an id means: the active version, unless the id names one.
    ///
    /// # Errors
    /// If it is not installed, or installed for several backends and the id names none.
    pub fn get(&self, worker_id: &str) -> Result<WorkerBinary> {
        let matches = self.matching(worker_id)?;
        let slots: BTreeSet<_> = matches.iter().map(|w| w.slot().to_owned()).collect();
        if slots.len() > 1 {
            let choices = slots.into_iter().collect();
            return Err(Error::Ambiguous { id: worker_id.to_owned(), choices });
        }
        let active = matches.iter().position(|w| w.active).unwrap_or(0);
        let found = matches.into_iter().nth(active);
        found.ok_or_else(|| Error::NotInstalled { id: worker_id.to_owned() })
    }

    /// The active workers of a backend on a platform.
    ///
    /// # Errors
    /// If the database fails.
    pub fn find_by_type_and_platform(
        &self,
        worker_type: WorkerType,
        platform: Platform,
    ) -> Result<Vec<WorkerBinary>> {
        let mut workers = self.list()?;
        workers.retain(|w| w.active && w.worker_type == worker_type && w.platform == platform);
        Ok(workers)
    }

    /// What happened to a worker, the latest first. A worker that was removed still has a history.
    ///
    /// # Errors
    /// If nothing ever happened under that id.
    pub fn history(&self, worker_id: &str) -> Result<Vec<HistoryEntry>> {
        let id: WorkerId = worker_id.parse()?;
        let backends = WorkerType::ALL.iter().filter(|b| id.backend.is_none_or(|only| only == **b));
        let mut entries = Vec::new();
        for backend in backends {
            entries.extend(self.0.catalog.history(&format!("{}:{backend}", id.name))?);
        }
        if let Some(wanted) = &id.version {
            let of_version = |entry: &HistoryEntry| {
                entry
                    .id
                    .parse::<WorkerId>()
                    .is_ok_and(|e| e.version.is_some_and(|version| version.is(wanted.as_str())))
            };
            entries.retain(of_version);
        }
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.number));
        if entries.is_empty() {
            return Err(Error::NotInstalled { id: worker_id.to_owned() });
        }
        Ok(entries)
    }

    /// Makes an earlier version the active one: the one that the id names, or else the one that was
    /// installed before the active one.
    ///
    /// # Errors
    /// If there is none.
    pub fn rollback(&self, worker_id: &str) -> Result<WorkerBinary> {
        let id: WorkerId = worker_id.parse()?;
        let worker = self.get(worker_id)?;
        let earlier = match id.version {
            Some(_) => {
                let object = object_of(&worker);
                self.0.catalog.activate(&object, HistoryAction::RolledBack)?
            }
            None => self.0.catalog.rollback(worker.slot())?,
        };
        earlier
            .map(|worker| self.here(worker))
            .ok_or_else(|| Error::NothingEarlier { id: worker_id.to_owned() })
    }

    /// The installed workers that an id may mean, in the order of [`WorkerCatalog::list`].
    pub(crate) fn matching(&self, worker_id: &str) -> Result<Vec<WorkerBinary>> {
        let id: WorkerId = worker_id.parse()?;
        let mut workers = self.list()?;
        workers.retain(|worker| worker.is(&id));
        Ok(workers)
    }
}

/// The name of a worker's store object.
pub(crate) fn object_of(worker: &WorkerBinary) -> String {
    worker.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
