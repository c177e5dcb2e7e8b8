use std::collections::BTreeMap;

use rbee_hive_artifact_catalog::{Architecture, WorkerType};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    functions::Workshop,
    host,
    recipe::Recipe,
    source::{self, Algorithm, Fetched, Location, Source, Sum},
};

/// Everything that a build depends on. Equal inputs are one action and have one key.
#[derive(Debug, Serialize)]
pub(crate) struct ActionInputs {
    /// Grows when the hive itself makes something else of the same inputs.
    format: u32,
    name: String,
    backend: WorkerType,
    architecture: Architecture,
    cpu_features: &'static str,
    /// The digest of every file of the recipe.
    recipe: String,
    /// What the recipe's platform-dependent parts came to; `pkgver()` is not among them.
    version: String,
    options: Vec<String>,
    /// The digest of makepkg.conf's files.
    settings: String,
    /// Whether its packages can have other owners than root.
    fakeroot: bool,
    /// The tools, if the recipe runs any.
    toolchain: BTreeMap<String, String>,
    /// The keys of the dependencies that the build sees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<String>,
}

impl ActionInputs {
    pub(crate) fn new(
        recipe: &Recipe,
        recipe_digest: String,
        backend: WorkerType,
        architecture: Architecture,
        options: Vec<String>,
        dependencies: &[String],
    ) -> Self {
        let builds = ["prepare", "build", "check"].iter().any(|f| recipe.declared.has_function(f));
        Self {
            format: 2,
            name: recipe.name.to_string(),
            backend,
            architecture,
            cpu_features: host::cpu_features(),
            recipe: recipe_digest,
            version: recipe.version.to_string(),
            options,
            settings: recipe.settings.digest(),
            fakeroot: Workshop::has_fakeroot(),
            toolchain: if builds { host::toolchain() } else { BTreeMap::new() },
            dependencies: dependencies.to_vec(),
        }
    }

    /// The tools of the build, for the provenance.
    pub(crate) fn toolchain(&self) -> &BTreeMap<String, String> {
        &self.toolchain
    }

    /// The key before anything is fetched: possible if the recipe fixes every byte of its sources.
    pub(crate) fn declared_key(&self, sources: &[Source]) -> Option<String> {
        let identities = sources.iter().map(|s| s.pinned().then(|| declared(s)));
        identities.collect::<Option<Vec<_>>>().map(|sources| self.key(&sources))
    }

    /// The key once everything is fetched. That of [`ActionInputs::declared_key`], where it has one.
    pub(crate) fn fetched_key(&self, sources: &[Source], fetched: &[Fetched]) -> String {
        let identities = fetched.iter().filter_map(|f| {
            let source = sources.get(f.index)?;
            Some(if source.pinned() {
                declared(source)
            } else {
                format!("{} {}", source.origin, f.digest())
            })
        });
        self.key(&identities.collect::<Vec<_>>())
    }

    fn key(&self, sources: &[String]) -> String {
        let mut all = Sha256::new();
        // Field order is the struct's, maps are sorted: one text for one value.
        all.update(serde_json::to_vec(&(self, sources)).unwrap_or_default());
        source::hex(&all.finalize())
    }
}

/// What a recipe says of a source that it pins.
fn declared(source: &Source) -> String {
    let sums = source.sums.iter().filter_map(|(algorithm, sum)| match sum {
        Sum::Hex(hex) => Some(format!(" {}:{hex}", Algorithm::array(*algorithm))),
        Sum::Skip => None,
    });
    // A local file's content is in the recipe's digest; a commit is in the origin.
    let unpacked = if source.noextract { " noextract" } else { "" };
    let local = if matches!(source.location, Location::Local) { " local" } else { "" };
    format!("{} {}{local}{unpacked}{}", source.name, source.origin, sums.collect::<String>())
}
