use std::path::{Path, PathBuf};

use rbee_hive_artifact_catalog::{Architecture, Offer, Version, WorkerName, WorkerType};

use super::{
    RecipeError,
    declared::Declared,
    lint::{self, Problem},
    relations,
};
use crate::settings::Settings;

/// A recipe that was evaluated and found fit to make a worker of.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    /// What it says, word for word.
    pub(crate) declared: Declared,
    /// The settings that it was evaluated with.
    pub(crate) settings: Settings,
    /// The worker that it makes.
    pub(crate) name: WorkerName,
    /// `[epoch:]pkgver-pkgrel`, before a `pkgver()` has run.
    pub(crate) version: Version,
    /// The backends that it can be built for; the first is the default.
    pub(crate) backends: Vec<WorkerType>,
    /// The executable, relative to the package's root. A recipe without one is a library: others
    /// may depend on it, but nobody can run it.
    pub(crate) entrypoint: Option<PathBuf>,
    /// The arguments that show that it works; none to run it without a try.
    pub(crate) smoke: Vec<String>,
    /// Whether `prepare()` may use the network.
    pub(crate) network_in_prepare: bool,
}

/// Refuses what makepkg would refuse before it prints a `.SRCINFO`.
///
/// # Errors
/// One error with everything that is wrong.
pub(crate) fn check_package(declared: &Declared) -> Result<(), RecipeError> {
    refuse(declared, lint::package(declared, None))
}

/// Refuses install scripts and changelogs that are not in the recipe's folder.
///
/// # Errors
/// One error with all of them.
pub(crate) fn check_scripts(declared: &Declared, folder: &Path) -> Result<(), RecipeError> {
    refuse(declared, lint::scripts(declared, folder))
}

fn refuse(declared: &Declared, problems: Vec<Problem>) -> Result<(), RecipeError> {
    if problems.is_empty() {
        return Ok(());
    }
    let name = match declared.base_name() {
        "" => "without a name".to_owned(),
        name => name.to_owned(),
    };
    Err(RecipeError::Refused { name, problems })
}

impl Recipe {
    /// Checks what a recipe declared.
    ///
    /// # Errors
    /// One error with everything that is wrong with it.
    pub(crate) fn new(declared: Declared, settings: Settings) -> Result<Self, RecipeError> {
        let mut problems = lint::package(&declared, None);
        problems.extend(lint::worker(&declared));
        refuse(&declared, problems)?;
        refuse(&declared, relations::misnamed(&declared, Architecture::HOST))?;
        // What is stored and catalogued has stricter names than makepkg's packages.
        let bad = |field, reason: String| {
            let problem = Problem::not_for_the_store(field, &reason);
            RecipeError::Refused { name: declared.base_name().to_owned(), problems: vec![problem] }
        };
        let name = declared.base_name().parse::<WorkerName>();
        let name = name.map_err(|e| bad("pkgname", e.to_string()))?;
        let version = declared.full_version().parse::<Version>();
        let version = version.map_err(|e| bad("pkgver", e.to_string()))?;
        let backends: Vec<_> =
            declared.array("_worker_backends").iter().filter_map(|b| b.parse().ok()).collect();
        Ok(Self {
            name,
            version,
            backends: if backends.is_empty() { vec![WorkerType::Cpu] } else { backends },
            entrypoint: Some(declared.string("_worker_entrypoint"))
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
            smoke: declared.array("_worker_smoke").to_vec(),
            network_in_prepare: declared.array("_worker_network").iter().any(|p| p == "prepare"),
            declared,
            settings,
        })
    }

    /// Refuses a recipe that makes nothing to run.
    ///
    /// # Errors
    /// If it names no entrypoint.
    pub(crate) fn check_worker(&self) -> Result<(), RecipeError> {
        if self.entrypoint.is_some() {
            return Ok(());
        }
        Err(RecipeError::Library { name: self.name.to_string() })
    }

    /// Refuses a host or a backend that the recipe is not for.
    ///
    /// # Errors
    /// Naming what it is for.
    pub(crate) fn check_target(
        &self,
        architecture: Architecture,
        backend: WorkerType,
    ) -> Result<(), RecipeError> {
        let name = || self.name.to_string();
        let has = self.declared.array("arch");
        if has.is_empty() {
            return refuse(
                &self.declared,
                lint::package(&self.declared, Some(architecture.as_str())),
            );
        }
        if !has.iter().any(|a| a == "any" || a == architecture.as_str()) {
            return Err(RecipeError::Architecture {
                name: name(),
                has: has.to_vec(),
                host: architecture.as_str(),
            });
        }
        if !self.backends.contains(&backend) {
            let has = self.backends.iter().map(ToString::to_string).collect();
            return Err(RecipeError::Backend { name: name(), wanted: backend.to_string(), has });
        }
        Ok(())
    }

    /// Whether `check()` runs, unless it is to be left out: `BUILDENV` of makepkg.conf may say no.
    pub(crate) fn runs_check(&self, left_out: bool) -> bool {
        let mut words = self.declared.array("BUILDENV").iter().rev();
        let said = words.find(|word| word.trim_start_matches('!') == "check");
        !left_out && said.is_none_or(|word| word == "check")
    }

    /// The packages and programs it needs on this architecture, each once.
    pub(crate) fn dependencies(&self, architecture: Architecture, with_check: bool) -> Vec<String> {
        let mut all = self.declared.array_for("makedepends", architecture.as_str());
        all.extend(self.declared.array_for("depends", architecture.as_str()));
        if with_check && self.declared.has_function("check") {
            all.extend(self.declared.array_for("checkdepends", architecture.as_str()));
        }
        for own in self.declared.packages.values() {
            all.extend(own.get("depends").map(|v| v.as_slice().to_vec()).unwrap_or_default());
        }
        let packages = self.declared.package_names();
        let mut seen = std::collections::HashSet::new();
        all.retain(|d| !packages.contains(d) && seen.insert(d.clone()));
        all
    }

    /// The recipe as an index offers it.
    pub(crate) fn offer(&self, architecture: Architecture) -> Offer {
        let declared = &self.declared;
        let list = |name: &str| declared.array(name).to_vec();
        Offer {
            name: self.name.to_string(),
            version: self.version.to_string(),
            rolling: declared.has_function("pkgver"),
            description: declared.string("pkgdesc").to_owned(),
            url: declared.string("url").to_owned(),
            license: list("license"),
            backends: self.backends.clone(),
            architectures: list("arch"),
            entrypoint: declared.string("_worker_entrypoint").to_owned(),
            args: list("_worker_args"),
            health: declared.string("_worker_health").to_owned(),
            supported_formats: list("_worker_formats"),
            depends: self.dependencies(architecture, false),
            refused: self.check_target(architecture, self.backends[0]).err().map(|e| e.to_string()),
        }
    }
}
