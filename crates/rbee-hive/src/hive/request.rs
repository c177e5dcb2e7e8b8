use std::path::PathBuf;

use rbee_hive_worker_catalog::ImportRequest;

use crate::{
    commands::{BuildOptions, SandboxName},
    jobs::Operation,
};

/// A worker to be made.
#[derive(Debug, Clone)]
pub(crate) struct Install {
    /// Of what.
    pub(crate) wanted: Wanted,
    /// How.
    pub(crate) options: BuildOptions,
    /// What the job is called in this process; a daemon gives its jobs names of its own.
    pub(crate) job: String,
}

/// What a worker is made of.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// A recipe of the index.
    Id(String),
    /// A recipe that lies on this machine.
    Recipe {
        /// A PKGBUILD, or the folder that holds one.
        path: PathBuf,
        /// What to build it for.
        backend: Option<String>,
    },
}

/// A package file of this machine that is to be installed.
#[derive(Debug, Clone)]
pub(crate) struct ImportFile {
    /// The file, and what it does not say of itself.
    pub(crate) package: ImportRequest,
    /// How its smoke test is confined.
    pub(crate) sandbox: SandboxName,
    /// What the job is called in this process.
    pub(crate) job: String,
}

impl Install {
    /// What the job does, for the records of this machine: a recipe is named by its path.
    pub(crate) fn operation(&self) -> Operation {
        let (worker_id, recipe, backend) = match &self.wanted {
            Wanted::Id(id) => (Some(id.clone()), None, None),
            Wanted::Recipe { path, backend } => {
                let backend = backend.as_ref().and_then(|backend| backend.parse().ok());
                (None, Some(path.display().to_string()), backend)
            }
        };
        let options = self.options.wanted(backend);
        Operation::WorkerInstall { worker_id, recipe, options }
    }
}

impl ImportFile {
    /// What the job does, for the records of this machine: a package is named by its path.
    pub(crate) fn operation(&self) -> Operation {
        Operation::WorkerImport {
            upload: self.package.file.display().to_string(),
            origin: None,
            backend: self.package.backend,
            entrypoint: self.package.entrypoint.clone(),
            sandbox: self.sandbox,
        }
    }
}
