use rbee_hive_worker_provisioner::{Check, CheckStatus, host_checks};

use crate::WorkerCatalog;

impl WorkerCatalog {
    /// What this host can do, and what to do about what it cannot.
    pub async fn doctor(&self) -> Vec<Check> {
        let mut checks = host_checks().await;
        checks.push(self.check_store());
        checks.push(self.check_workers());
        checks.push(self.check_index().await);
        checks
    }

    /// The store was opened when this catalog was; what can still fail is to write there.
    fn check_store(&self) -> Check {
        let folder = self.0.folders.store();
        let probe = folder.join(".staging").join(format!(".doctor-{}", std::process::id()));
        let written = fs_err::write(&probe, "").and_then(|()| fs_err::remove_file(&probe));
        match written {
            Ok(()) => Check::new("store", CheckStatus::Ok, folder.display().to_string(), None),
            Err(error) => {
                let remedy = "make the data folder writable, or choose another with --data-dir";
                Check::new("store", CheckStatus::Failed, error.to_string(), Some(remedy.to_owned()))
            }
        }
    }

    fn check_workers(&self) -> Check {
        match self.list() {
            Ok(workers) => {
                let gone: Vec<_> =
                    workers.iter().filter(|w| !w.executable().exists()).map(|w| &*w.id).collect();
                let found = format!("{} installed", workers.len());
                if gone.is_empty() {
                    return Check::new("workers", CheckStatus::Ok, found, None);
                }
                let found = format!("{found}; without their executable: {}", gone.join(", "));
                let remedy = "reinstall them with `rbee-hive worker install ID --force`".to_owned();
                Check::new("workers", CheckStatus::Failed, found, Some(remedy))
            }
            Err(error) => Check::new("workers", CheckStatus::Failed, error.to_string(), None),
        }
    }

    async fn check_index(&self) -> Check {
        match self.available().await {
            Ok(offers) => {
                Check::new("index", CheckStatus::Ok, format!("{} recipes", offers.len()), None)
            }
            Err(error) => Check::new("index", CheckStatus::Warning, error.to_string(), None),
        }
    }
}
