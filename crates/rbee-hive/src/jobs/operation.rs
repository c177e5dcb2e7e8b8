use std::path::PathBuf;

use rbee_hive_worker_catalog::{Folders, ProvisionOptions, WorkerId, WorkerType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::JobError;
use crate::commands::SandboxName;

/// What a job is to do, as it is submitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Operation {
    /// Make a worker and install it: from the index, or from a recipe that was sent here.
    WorkerInstall {
        /// The worker.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        worker_id: Option<String>,
        /// The upload that the recipe is in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recipe: Option<String>,
        /// How.
        #[serde(default)]
        options: InstallOptions,
    },
    /// Install a worker from a package that was sent here.
    WorkerImport {
        /// The upload that the package is.
        upload: String,
        /// The path of the package where it was sent from, for the provenance.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<String>,
        /// What it was built for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        backend: Option<WorkerType>,
        /// The executable in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        entrypoint: Option<PathBuf>,
        /// How its smoke test is confined.
        #[serde(default)]
        sandbox: SandboxName,
    },
}

/// How a worker is made: what `worker install` has flags for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct InstallOptions {
    pub(crate) force: bool,
    pub(crate) offline: bool,
    pub(crate) no_check: bool,
    pub(crate) allow_unverified: bool,
    pub(crate) syncdeps: bool,
    pub(crate) sandbox: SandboxName,
    /// What to build a recipe for that was sent here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) backend: Option<WorkerType>,
}

impl Operation {
    /// The name, as JSON has it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::WorkerInstall { .. } => "worker_install",
            Self::WorkerImport { .. } => "worker_import",
        }
    }

    /// What it makes, if that is known before it begins.
    pub(crate) fn worker_id(&self) -> Option<&str> {
        match self {
            Self::WorkerInstall { worker_id, .. } => worker_id.as_deref(),
            Self::WorkerImport { .. } => None,
        }
    }

    /// Whether recipe code would run with the hive's rights.
    pub(crate) fn is_unconfined(&self) -> bool {
        let sandbox = match self {
            Self::WorkerInstall { options, .. } => options.sandbox,
            Self::WorkerImport { sandbox, .. } => *sandbox,
        };
        matches!(sandbox, SandboxName::None)
    }

    /// Whether packages of the host would be installed.
    pub(crate) fn syncs_dependencies(&self) -> bool {
        matches!(self, Self::WorkerInstall { options, .. } if options.syncdeps)
    }

    /// Finds out what is wrong with it before it is taken.
    pub(crate) fn check(&self, folders: &Folders) -> Result<(), JobError> {
        let wrong = |what: &str| Err(JobError::Request { what: what.to_owned() });
        match self {
            Self::WorkerInstall { worker_id: Some(_), recipe: Some(_), .. } => {
                wrong("name a worker_id or a recipe, not both")
            }
            Self::WorkerInstall { worker_id: None, recipe: None, .. } => {
                wrong("name a worker_id, or the upload of a recipe as recipe")
            }
            Self::WorkerInstall { worker_id: Some(_), options, .. }
                if options.backend.is_some() =>
            {
                wrong("a worker_id names its backend itself, as NAME:BACKEND")
            }
            Self::WorkerInstall { worker_id: Some(id), .. } => match id.parse::<WorkerId>() {
                Ok(_) => Ok(()),
                Err(error) => wrong(&error.to_string()),
            },
            Self::WorkerInstall { recipe: Some(upload), .. } => {
                find(folders, upload, RECIPE).map(drop)
            }
            Self::WorkerImport { upload, .. } => find(folders, upload, PACKAGE).map(drop),
        }
    }
}

impl InstallOptions {
    /// What is asked for, over what the host and the environment say.
    pub(super) fn over(self, base: ProvisionOptions) -> ProvisionOptions {
        ProvisionOptions {
            syncdeps: self.syncdeps,
            force: self.force,
            offline: self.offline,
            no_check: self.no_check,
            allow_unverified: self.allow_unverified,
            sandbox: self.sandbox.into(),
            ..base
        }
    }

    /// The same, for a recipe that was sent here: its author may be nobody who could read this
    /// host's files themselves.
    pub(super) fn over_of_upload(self, base: ProvisionOptions) -> ProvisionOptions {
        ProvisionOptions { no_host_files: true, ..self.over(base) }
    }
}

/// The folder of a recipe, in its upload's folder.
pub(super) const RECIPE: &str = "recipe";
/// The file of a package, in its upload's folder.
pub(super) const PACKAGE: &str = "package";

/// What is under this name in an upload.
pub(super) fn find(folders: &Folders, upload: &str, name: &str) -> Result<PathBuf, JobError> {
    // It is a folder's name, under the same rules as a job's.
    let id = upload.parse::<rbee_hive_worker_catalog::JobId>().ok();
    let path = id.map(|id| folders.uploads().join(id.as_str()).join(name));
    path.filter(|path| path.exists()).ok_or_else(|| JobError::NoUpload { id: upload.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Operation, serde_json::Error> {
        serde_json::from_str(json)
    }

    fn refusal(json: &str) -> String {
        let folders = Folders::new("/nowhere/data", "/nowhere/cache");
        parse(json).unwrap().check(&folders).unwrap_err().to_string()
    }

    #[test]
    fn the_contracts_request_is_understood() {
        let install = parse(r#"{"operation":"worker_install","worker_id":"whisper-server"}"#);
        let install = install.unwrap();
        assert_eq!(install.worker_id(), Some("whisper-server"));
        assert!(install.check(&Folders::new("/nowhere/data", "/nowhere/cache")).is_ok());
        assert_eq!(
            parse(&serde_json::to_string(&install).unwrap()).unwrap(),
            install,
            "as the table keeps it"
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for wrong in [
            "{}",
            r#"{"operation":"worker_remove","worker_id":"x"}"#,
            r#"{"operation":"worker_install","worker_id":"x","option":{}}"#,
            r#"{"operation":"worker_install","worker_id":"x","options":{"forced":true}}"#,
            r#"{"operation":"worker_install","worker_id":"x","options":{"sandbox":"no"}}"#,
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        let install = r#"{"operation":"worker_install""#;
        assert!(refusal(&format!("{install}}}")).contains("name a worker_id"));
        assert!(refusal(&format!(r#"{install},"worker_id":"../x"}}"#)).contains("../x"));
        assert!(refusal(&format!(r#"{install},"worker_id":"x","recipe":"y"}}"#)).contains("both"));
        assert!(refusal(&format!(r#"{install},"recipe":"../../x"}}"#)).contains("no upload"));
        let import = r#"{"operation":"worker_import","upload":"x"}"#;
        assert!(refusal(import).contains("no upload x"));
    }
}
