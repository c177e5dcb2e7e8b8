use std::collections::HashMap;

use rbee_hive_artifact_catalog::{Plan, PlannedStep, Step, WorkerBinary, WorkerId, job::redact};
use tokio_util::sync::CancellationToken;

use crate::{
    dependency::{Closure, HostNeed, Needed},
    error::Error,
    preflight,
    provisioner::{WorkerProvisioner, read_pkgbuild},
    recipe::Recipe,
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
        self.plan_for(id, None, cancel).await
    }

    /// The plan of one that is asked for, or of a recipe that others need, with those of all that it
    /// needs itself.
    async fn plan_for(
        &self,
        id: &WorkerId,
        planned: Option<&HashMap<String, Plan>>,
        cancel: &CancellationToken,
    ) -> Result<Plan, Error> {
        let tier = Tier::choose(self.options.sandbox)?;
        let folder = self.index_of(&id.name).folder(id.name.as_str(), cancel).await?;
        let pkgbuild = read_pkgbuild(&folder)?;
        let (recipe, backend) = self.evaluate(&tier, &folder, &pkgbuild, id, cancel).await?;
        if planned.is_none() {
            recipe.check_worker()?;
        }
        recipe.check_target(self.architecture, backend)?;
        let sources = self.sources(&recipe)?;
        let files = self.recipe_files(&recipe, &folder, pkgbuild, &sources, cancel).await?;
        let needs = self.closure(&tier, &recipe, backend, cancel).await?;
        let own;
        let planned = if let Some(planned) = planned {
            planned
        } else {
            own = self.plan_dependencies(&needs, cancel).await?;
            &own
        };
        let plan_of = |needed: &Needed| planned.get(&needed.id());
        // Without the key of each dependency there is none for what is built with them.
        let seen = needs.order.iter().rev().filter(|needed| needed.is_seen());
        let keys: Option<Vec<_>> = seen.map(|needed| plan_of(needed)?.action_key.clone()).collect();
        let key = keys
            .and_then(|keys| self.inputs(&recipe, &files, backend, &keys).declared_key(&sources));
        let cached = match &key {
            Some(key) if !self.options.force => self.catalog.find(key)?.is_some(),
            _ => false,
        };

        let mut steps = Steps::default();
        let dependency = |plan: &Plan| {
            let state = if plan.cached { "in the store already" } else { "provisioned first" };
            format!("dependency {}, {state}", plan.id)
        };
        steps.add(
            Step::Resolve,
            [format!("recipe {} of {}", recipe.name, self.index_of(&recipe.name).describe())]
                .into_iter()
                .chain(needs.order.iter().filter_map(plan_of).map(dependency)),
        );
        let sandbox = tier.as_str();
        steps.add(
            Step::Evaluate,
            [format!("version {}, backend {backend}, sandbox {sandbox}", recipe.version)],
        );
        if !cached {
            self.plan_build(&recipe, &needs.host, &sources, &mut steps);
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

    /// The plans of the recipes that must be made first, by id. Each comes after all that it needs, so
    /// each is planned once.
    async fn plan_dependencies(
        &self,
        needs: &Closure,
        cancel: &CancellationToken,
    ) -> Result<HashMap<String, Plan>, Error> {
        let mut plans = HashMap::new();
        for needed in &needs.order {
            let id = WorkerId {
                name: needed.recipe.name.clone(),
                backend: Some(needed.backend),
                version: None,
            };
            let plan = Box::pin(self.plan_for(&id, Some(&plans), cancel)).await?;
            plans.insert(needed.id(), plan);
        }
        Ok(plans)
    }

    fn plan_build(
        &self,
        recipe: &Recipe,
        needs: &[HostNeed],
        sources: &[Source],
        steps: &mut Steps,
    ) {
        let missing = preflight::missing(recipe, needs);
        steps.add(
            Step::Preflight,
            match missing.as_slice() {
                [] => vec!["all dependencies are there".to_owned()],
                some => {
                    let names = some.iter().map(|m| format!("missing: {}", m.wanted));
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
            let left_out = step == Step::Check && !recipe.runs_check(self.options.no_check);
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
