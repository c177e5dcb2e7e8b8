//! How a recipe stands to others: what it needs, has and refuses.

use std::collections::HashSet;

use rbee_hive_artifact_catalog::Architecture;

use super::{
    Declared, Recipe,
    lint::{Problem, name_problem},
};
use crate::dependency::{Provided, Requirement};

impl Recipe {
    /// What it needs to run, and so to build as well.
    pub(crate) fn runtime_needs(&self, architecture: Architecture) -> Vec<Requirement> {
        self.needs(&["depends"], architecture)
    }

    /// What it needs only to build, and to check if that is done.
    pub(crate) fn build_needs(
        &self,
        architecture: Architecture,
        with_check: bool,
    ) -> Vec<Requirement> {
        if with_check && self.declared.has_function("check") {
            self.needs(&["makedepends", "checkdepends"], architecture)
        } else {
            self.needs(&["makedepends"], architecture)
        }
    }

    /// What others can name it by: its packages and all that they provide.
    pub(crate) fn provides(&self, architecture: Architecture) -> Vec<Provided> {
        provided(&self.declared, architecture)
    }

    /// What must not be there beside it.
    pub(crate) fn conflicts(&self, architecture: Architecture) -> Vec<Requirement> {
        let entries = entries(&self.declared, "conflicts", architecture);
        entries.iter().map(|entry| Requirement::parse(entry)).collect()
    }

    /// The entries of some arrays, each once, without what the recipe's own packages are.
    fn needs(&self, fields: &[&str], architecture: Architecture) -> Vec<Requirement> {
        let own = self.provides(architecture);
        let mut seen = HashSet::new();
        let all = fields.iter().flat_map(|field| entries(&self.declared, field, architecture));
        all.map(|entry| Requirement::parse(&entry))
            .filter(|need| !need.name.is_empty() && !own.iter().any(|o| need.is_met_by(o)))
            .filter(|need| seen.insert(need.clone()))
            .collect()
    }
}

/// Dependencies with names that no package can have. makepkg does not look at all of them; here every
/// name may become an argument of the host's package manager.
pub(super) fn misnamed(declared: &Declared, architecture: Architecture) -> Vec<Problem> {
    let fields = ["depends", "makedepends", "checkdepends"].into_iter();
    let all = fields.flat_map(|field| {
        let entries = entries(declared, field, architecture).into_iter();
        entries.filter_map(move |entry| name_problem(field, &Requirement::parse(&entry).name))
    });
    all.collect()
}

/// The packages of a recipe and what they provide.
pub(crate) fn provided(declared: &Declared, architecture: Architecture) -> Vec<Provided> {
    let version = declared.full_version();
    let packages = declared.package_names().iter().map(|name| Provided::package(name, &version));
    let entries = entries(declared, "provides", architecture);
    packages.chain(entries.iter().map(|entry| Provided::parse(entry))).collect()
}

/// An array of the whole recipe and of each of its packages, which are all in one tree here.
fn entries(declared: &Declared, field: &str, architecture: Architecture) -> Vec<String> {
    let mut all = declared.array_for(field, architecture.as_str());
    let suffixed = format!("{field}_{architecture}");
    for own in declared.packages.values() {
        let values = [field, &suffixed].into_iter().filter_map(|name| own.get(name));
        all.extend(values.flat_map(|value| value.as_slice().iter().cloned()));
    }
    all
}
