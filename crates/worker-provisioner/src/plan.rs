use rbee_hive_artifact_catalog::{Plan, PlannedStep, Step, WorkerBinary, WorkerId, job::redact};
use tokio_util::sync::CancellationToken;

use crate::{
    error::Error,
    preflight,
    provisioner::{WorkerProvisioner, read_pkgbuild},
    recipe::{self, Recipe},
    sandbox::Tier,
    source::{self, Source},
};

impl WorkerProvisioner {
    /// What a provision would do. Evaluates the recipe; changes nothing.
    pub(crate) async fn plan_of(
        &self,
        id: &WorkerId,
        cancel: &CancellationToken,
    ) -> Result<Plan, Error> {
        let tier = Tier::choose(self.options.sandbox)?;
        let folder = self.index.folder(id.name.as_str(), cancel).await?;
        let pkgbuild = read_pkgbuild(&folder)?;
        let (recipe, backend) = self.evaluate(&tier, &folder, &pkgbuild, id, cancel).await?;
        recipe.check_worker()?;
        recipe.check_target(self.architecture, backend)?;
        let sources = recipe::sources(&recipe.declared, self.architecture)?;
        let files = self.recipe_files(&recipe, &folder, pkgbuild, &sources, cancel).await?;
        let key = self.inputs(&recipe, &files, backend).declared_key(&sources);
        let cached = match &key {
            Some(key) if !self.options.force => self.catalog.find(key)?.is_some(),
            _ => false,
        };

        let mut steps = Steps::default();
        steps.add(Step::Resolve, [format!("recipe {} of {}", recipe.name, self.index.describe())]);
        let sandbox = tier.as_str();
        steps.add(
            Step::Evaluate,
            [format!("version {}, backend {backend}, sandbox {sandbox}", recipe.version)],
        );
        if !cached {
            self.plan_build(&recipe, &sources, &mut steps);
        }
        let activation = if cached { "the version that is in the store" } else { "this version" };
        steps.add(Step::Activate, [format!("{activation} becomes the one in use")]);
        Ok(Plan {
            id: WorkerBinary::full_id(&recipe.name, backend, &recipe.version),
            action_key: key,
            cached,
            steps: steps.0,
        })
    }

    fn plan_build(&self, recipe: &Recipe, sources: &[Source], steps: &mut Steps) {
        let missing = preflight::missing(recipe, self.architecture, self.options.no_check);
        steps.add(
            Step::Preflight,
            match missing.as_slice() {
                [] => vec!["all dependencies are there".to_owned()],
                some => {
                    let names = some.iter().map(|m| format!("missing: {}", m.name));
                    let command = preflight::install_command(some);
                    let verb = if self.options.syncdeps { "run" } else { "refuse; install with" };
                    names.chain([format!("{verb} {command}")]).collect()
                }
            },
        );
        steps.add(
            Step::Fetch,
            sources.iter().map(|s| format!("{} from {}", s.name, redact(s.url()))),
        );
        let unverified = source::unverified(sources);
        let verdict = if self.options.allow_unverified { "accept" } else { "refuse" };
        steps.add(
            Step::Verify,
            sources.iter().map(|s| {
                if unverified.iter().any(|name| name == s.name.as_str()) {
                    format!("{verdict} {}: the recipe has no sum for it", s.name)
                } else {
                    format!("{} against the recipe", s.name)
                }
            }),
        );
        steps.add(
            Step::Extract,
            sources.iter().map(|s| {
                format!("{} {}", if s.noextract { "keep" } else { "unpack or keep" }, s.name)
            }),
        );
        let functions = [
            (Step::Prepare, "prepare"),
            (Step::Pkgver, "pkgver"),
            (Step::Build, "build"),
            (Step::Check, "check"),
        ];
        for (step, function) in functions {
            let left_out = step == Step::Check && self.options.no_check;
            if recipe.declared.has_function(function) && !left_out {
                let network = step == Step::Prepare && recipe.network_in_prepare;
                let access = if network { "with the network" } else { "without network" };
                steps.add(step, [format!("{function}() in the sandbox, {access}")]);
            }
        }
        let packages = recipe.declared.package_names().iter();
        steps.add(Step::Package, packages.map(|name| format!("package {name}")));
        if let Some(entrypoint) = recipe.entrypoint.as_deref().filter(|_| !recipe.smoke.is_empty())
        {
            let command = recipe.smoke.join(" ");
            steps.add(Step::Smoke, [format!("{} {command}", entrypoint.display())]);
        }
        let store = self.folders.store();
        steps.add(Step::Commit, [format!("into {}, read-only", store.display())]);
    }
}

#[derive(Default)]
struct Steps(Vec<PlannedStep>);

impl Steps {
    fn add(&mut self, step: Step, actions: impl IntoIterator<Item = String>) {
        let actions: Vec<_> = actions.into_iter().collect();
        if !actions.is_empty() {
            self.0.push(PlannedStep { step, actions });
        }
    }
}
