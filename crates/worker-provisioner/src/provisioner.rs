use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use rbee_hive_artifact_catalog::{
    Architecture, ArtifactCatalog, ArtifactProvisioner, ExportRequest, Exported, Folders,
    ImportRequest, JobId, Offer, Plan, Provenance, ProvisionError, Reporter, Step, WorkerBinary,
    WorkerId, WorkerType, store::Store,
};
use tokio_util::sync::CancellationToken;

use crate::{
    action_key::ActionInputs,
    dependency::{Others, Providers},
    error::Error,
    evaluations::{Evaluations, Key},
    events::JobEvents,
    functions::{State, Workshop},
    host,
    index::{Index, IndexLocation, RecipeFiles},
    installed::Installed,
    options::ProvisionOptions,
    package,
    preflight::preflight,
    recipe::{self, Declared, Recipe, RecipeError},
    sandbox::Tier,
    settings::Settings,
    source::{
        self, DownloadAgents, ExtractContext, FetchContext, Fetched, HttpConfig, Location, Source,
        SourceError, ToolRunner,
    },
};

/// Makes workers from PKGBUILD recipes: evaluates, fetches, builds in the sandbox and puts the
/// result into the store. The catalog it is given it only reads.
#[derive(Debug)]
pub struct WorkerProvisioner {
    pub(crate) index: Index,
    pub(crate) others: Others,
    pub(crate) folders: Folders,
    pub(crate) options: ProvisionOptions,
    pub(crate) architecture: Architecture,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) store: Store,
    pub(crate) catalog: Installed,
    evaluations: Evaluations,
    pub(crate) providers: Providers,
}

impl WorkerProvisioner {
    /// A provisioner that takes recipes from `index` and puts workers into `store`.
    pub fn new(
        folders: Folders,
        index: IndexLocation,
        options: ProvisionOptions,
        reporter: Arc<dyn Reporter>,
        store: Store,
        catalog: Arc<dyn ArtifactCatalog<WorkerBinary>>,
    ) -> Self {
        Self {
            others: Others::new(&options, &folders),
            index: Index::new(index, folders.recipes(), options.offline),
            folders,
            options,
            architecture: Architecture::HOST,
            reporter,
            catalog: Installed::new(catalog, store.clone()),
            store,
            evaluations: Evaluations::default(),
            providers: Providers::default(),
        }
    }

    /// The whole way, top to bottom. What each step needs is made by the one before.
    #[expect(clippy::too_many_lines, reason = "one step after the other, none to be hidden")]
    async fn run(
        &self,
        id: &WorkerId,
        job: JobId,
        cancel: &CancellationToken,
    ) -> Result<WorkerBinary, Error> {
        let events = &JobEvents::new(job.clone(), Arc::clone(&self.reporter), &self.folders.jobs());

        events.start(Step::Resolve);
        let tier = &Tier::choose(self.options.sandbox)?;
        let folder = self.index_of(&id.name).folder(id.name.as_str(), cancel).await?;
        let pkgbuild = read_pkgbuild(&folder)?;
        events.finish(Step::Resolve);

        events.start(Step::Evaluate);
        let (recipe, backend) = self.evaluate(tier, &folder, &pkgbuild, id, cancel).await?;
        recipe.check_target(self.architecture, backend)?;
        let sources = self.sources(&recipe)?;
        let files = self.recipe_files(&recipe, &folder, pkgbuild, &sources, cancel).await?;
        let needs = self.closure(tier, &recipe, backend, cancel).await?;
        let dependencies = self.seen(&recipe, &needs)?;
        let inputs = self.inputs(&recipe, &files, backend, &dependencies.keys());
        events.finish(Step::Evaluate);

        let declared_key = inputs.declared_key(&sources);
        if let Some(worker) = self.cached(declared_key.as_deref())? {
            events
                .note(Step::Evaluate, "the same inputs are in the store already: nothing to build");
            return Ok(worker);
        }

        events.start(Step::Preflight);
        let options = &self.options;
        preflight(&recipe, &needs.host, options, &self.folders, events, cancel).await?;
        events.finish(Step::Preflight);

        events.start(Step::Fetch);
        // From here on the job is seen by others: its caches are in use.
        let staging = self.store.stage(&job)?;
        let build = staging.build()?;
        let runner = &runner(tier);
        let agents = self.agents(tier, &recipe, cancel).await?;
        let from = (&*folder, &agents);
        let fetched = self.fetch(&sources, from, runner, events, cancel).await?;
        events.finish(Step::Fetch);

        events.start(Step::Verify);
        let both = (&*sources, &*fetched);
        let verified = self.verify_sources(&recipe, &folder, both, runner, events, cancel).await?;
        let key = inputs.fetched_key(&sources, &fetched);
        if let Some(worker) = self.cached(declared_key.is_none().then_some(&key))? {
            events.finish(Step::Verify);
            events.note(Step::Verify, "the same inputs are in the store already: nothing to build");
            return Ok(worker);
        }

        let lay_out =
            Workshop::lay_out(&build).and_then(|()| files.copy_to(&Workshop::start(&build)));
        lay_out.map_err(Error::io("prepare the build folder"))?;
        let parts = staging.tree().with_file_name("parts");
        let mut workshop = Workshop {
            tier,
            build: &build,
            parts: &parts,
            sources: Vec::new(),
            dependencies: &dependencies,
            settings: &recipe.settings,
            base_name: recipe.name.as_str(),
            architecture: self.architecture,
            backend,
            network_in_prepare: recipe.network_in_prepare,
            devices: backend != WorkerType::Cpu,
            events,
            cancel,
        };
        let state = &mut State::default();
        if recipe.declared.has_function("verify") {
            workshop.verify(&sources, &fetched, state).await?;
        }
        events.finish(Step::Verify);

        events.start(Step::Extract);
        let large = self.extract(&sources, &fetched, &build, runner, events, cancel).await?;
        let linked = workshop.link_sources(&sources, &fetched, large);
        linked.map_err(Error::io("lay out the sources"))?;
        events.finish(Step::Extract);

        call(&workshop, Step::Prepare, "prepare", &recipe, state).await?;
        workshop.unify_times(recipe.declared.source_date_epoch()).await;
        let recipe = match call(&workshop, Step::Pkgver, "pkgver", &recipe, state).await? {
            Some(said) => {
                let pkgver = said.string("pkgver");
                self.with_pkgver(pkgver, recipe.clone(), &workshop, state).await?
            }
            None => recipe.clone(),
        };
        call(&workshop, Step::Build, "build", &recipe, state).await?;
        if recipe.runs_check(options.no_check) {
            call(&workshop, Step::Check, "check", &recipe, state).await?;
        }

        events.start(Step::Package);
        let mut package_records = vec![("PKGBUILD".to_owned(), files.pkgbuild().to_vec())];
        // A new shell, as makepkg's: nothing that build() left in its own is seen.
        let state = &mut State::default();
        let mut last = recipe.declared.clone();
        for name in recipe.declared.package_names() {
            let own = format!("package_{name}");
            let function = if recipe.declared.has_function(&own) { &own } else { "package" };
            let said = workshop.call(Step::Package, function, Some(name), state).await?;
            package_records.extend(workshop.finish(&recipe, name, &said).await?);
            package::merge(&parts.join(name), staging.tree())?;
            // What package() sets holds on, what package_NAME() sets does not.
            if function == "package" {
                last = recipe.declared.overridden_by(said);
            }
        }
        if let Some((name, declared)) = package::symbols(&parts, &last) {
            package_records.extend(workshop.describe(&recipe, &name, declared).await?.records);
            package::merge(&parts.join(name), staging.tree())?;
        }
        if let Some(entrypoint) = &recipe.entrypoint {
            package::check_entrypoint(staging.tree(), entrypoint)?;
        }
        events.finish(Step::Package);

        if let Some(entrypoint) = recipe.entrypoint.as_deref().filter(|_| !recipe.smoke.is_empty())
        {
            events.start(Step::Smoke);
            let devices = backend != WorkerType::Cpu;
            let (tree, beside) = (staging.tree(), &dependencies.at_runtime());
            let trial = (entrypoint, &*recipe.smoke);
            package::smoke(tier, tree, trial, beside, devices, events, cancel).await?;
            events.finish(Step::Smoke);
        }

        events.start(Step::Commit);
        let provenance = Provenance {
            action_key: key,
            tree_digest: String::new(),
            recipe_digest: files.pkgbuild_digest(),
            index: self.index_of(&id.name).describe(),
            sources: verified.records(&sources, &fetched),
            dependencies: dependencies.records(),
            unverified: verified.unverified,
            sandbox: tier.as_str().to_owned(),
            options: options.of_build(),
            toolchain: inputs.toolchain().clone(),
            job_id: job,
            hive_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let product = package::Product {
            name: recipe.name,
            version: recipe.version,
            backend,
            entrypoint: recipe.entrypoint.unwrap_or_default(),
            formats: recipe.declared.array("_worker_formats").to_vec(),
            provenance,
            records: package_records,
        };
        let worker = package::commit(staging, product, cancel).await?;
        events.finish(Step::Commit);
        Ok(worker)
    }

    /// The sources of a recipe for this host.
    ///
    /// # Errors
    /// If one cannot be read, or the options do not let it have one.
    pub(crate) fn sources(&self, recipe: &Recipe) -> Result<Vec<Source>, Error> {
        let sources = recipe::sources(&recipe.declared, self.architecture)?;
        let refused = sources.iter().find(|s| self.options.no_host_files && s.is_of_host());
        match refused {
            Some(source) => Err(SourceError::OfHost { name: source.name.to_string() }.into()),
            None => Ok(sources),
        }
    }

    /// The worker that a key stands for, unless a new build was asked for.
    fn cached(&self, key: Option<&str>) -> Result<Option<WorkerBinary>, Error> {
        match key.filter(|_| !self.options.force) {
            Some(key) => self.catalog.find(key),
            None => Ok(None),
        }
    }

    /// Evaluates a recipe for the wanted backend, or else for its default.
    pub(crate) async fn evaluate(
        &self,
        tier: &Tier,
        folder: &Path,
        pkgbuild: &[u8],
        id: &WorkerId,
        cancel: &CancellationToken,
    ) -> Result<(Recipe, WorkerType), Error> {
        let first = id.backend.unwrap_or(WorkerType::Cpu);
        let recipe = self.recipe(tier, id.name.as_str(), folder, pkgbuild, first, cancel).await?;
        let backend = id.backend.unwrap_or(recipe.backends[0]);
        let recipe = if backend == first {
            recipe
        } else {
            self.recipe(tier, id.name.as_str(), folder, pkgbuild, backend, cancel).await?
        };
        if recipe.name != id.name {
            return Err(Error::Recipe(RecipeError::Name {
                has: recipe.name.to_string(),
                wanted: id.name.to_string(),
            }));
        }
        if let Some(wanted) = id.version.as_ref().filter(|v| !recipe.version.is(v.as_str())) {
            return Err(Error::Recipe(RecipeError::Version {
                name: recipe.name.to_string(),
                wanted: wanted.to_string(),
                has: recipe.version.to_string(),
            }));
        }
        Ok((recipe, backend))
    }

    /// Evaluates a recipe for one backend.
    pub(crate) async fn recipe(
        &self,
        tier: &Tier,
        name: &str,
        folder: &Path,
        pkgbuild: &[u8],
        backend: WorkerType,
        cancel: &CancellationToken,
    ) -> Result<Recipe, Error> {
        let (arch, start) = (self.architecture, Path::new(recipe::START));
        let settings = Settings::read(&self.options, arch)?;
        let key = Key::of(folder, pkgbuild, &settings, backend);
        if let Some(recipe) = self.evaluations.get(&key) {
            return Ok(recipe);
        }
        let declared =
            recipe::evaluate(tier, name, folder, pkgbuild, start, &settings, arch, backend, cancel)
                .await?;
        let recipe = Recipe::new(declared, settings)?;
        self.evaluations.put(key, recipe.clone());
        Ok(recipe)
    }

    /// The files of a recipe, the local ones that it names among them.
    pub(crate) async fn recipe_files(
        &self,
        recipe: &Recipe,
        folder: &Path,
        pkgbuild: Vec<u8>,
        sources: &[Source],
        cancel: &CancellationToken,
    ) -> Result<RecipeFiles, Error> {
        let local = sources.iter().filter(|s| matches!(s.location, Location::Local));
        let mut named: Vec<_> = local.map(|s| s.name.to_string()).collect();
        named.extend(recipe.declared.scripts());
        named.extend(recipe::beside(folder, &pkgbuild));
        named.extend(source::key_files(recipe.declared.array("validpgpkeys")));
        self.index_of(&recipe.name).complete(recipe.name.as_str(), folder, &named, cancel).await?;
        recipe::check_scripts(&recipe.declared, folder)?;
        RecipeFiles::of(folder, pkgbuild, &named).map_err(Error::io("read the recipe"))
    }

    pub(crate) fn inputs(
        &self,
        recipe: &Recipe,
        files: &RecipeFiles,
        backend: WorkerType,
        dependencies: &[String],
    ) -> ActionInputs {
        let options = self.options.of_build();
        ActionInputs::new(recipe, files.digest(), backend, self.architecture, options, dependencies)
    }

    /// The programs that fetch. They run on the host, so a recipe has no word in which they are.
    async fn agents(
        &self,
        tier: &Tier,
        recipe: &Recipe,
        cancel: &CancellationToken,
    ) -> Result<DownloadAgents, Error> {
        let settings = recipe::evaluate_settings(tier, &recipe.settings, cancel).await?;
        Ok(DownloadAgents::configured(&settings, &self.options.download_agents)?)
    }

    async fn fetch(
        &self,
        sources: &[Source],
        (recipe, agents): (&Path, &DownloadAgents),
        runner: &ToolRunner,
        events: &JobEvents,
        cancel: &CancellationToken,
    ) -> Result<Vec<Fetched>, Error> {
        let context = FetchContext {
            cache: &self.folders.sources(),
            recipe,
            offline: self.options.offline,
            agents,
            runner,
            http: &HttpConfig::default(),
            limit: self.options.fetches.as_ref(),
            wait: &|reason| events.wait(reason),
            progress: &|done, total| events.progress(Step::Fetch, done, total),
            note: &|text| events.note(Step::Fetch, &text),
            warn: &|text| events.warn(Step::Fetch, &text),
        };
        Ok(source::fetch(sources, &context, cancel).await?)
    }

    /// Fills `srcdir`. Returns what is too large to be copied there.
    async fn extract(
        &self,
        sources: &[Source],
        fetched: &[Fetched],
        build: &Path,
        runner: &ToolRunner,
        events: &JobEvents,
        cancel: &CancellationToken,
    ) -> Result<Vec<source::Mount>, Error> {
        let srcdir = Workshop::start(build).join("src");
        let context = ExtractContext {
            runner,
            held: &build.join("held"),
            limits: source::Limits::default(),
            progress: &|done, total| events.progress(Step::Extract, done, total),
            note: &|text| events.note(Step::Extract, &text),
            warn: &|text| events.warn(Step::Extract, &text),
        };
        Ok(source::extract(sources, fetched, &srcdir, &context, cancel).await?)
    }

    /// Takes the version that `pkgver()` found.
    async fn with_pkgver(
        &self,
        pkgver: &str,
        recipe: Recipe,
        workshop: &Workshop<'_>,
        state: &mut State,
    ) -> Result<Recipe, Error> {
        if let Some(problem) = recipe::pkgver_problem(pkgver) {
            let name = recipe.name.to_string();
            return Err(Error::Recipe(RecipeError::Refused { name, problems: vec![problem] }));
        }
        if recipe.declared.string("pkgver") == pkgver {
            return Ok(recipe);
        }
        let start = Workshop::start(workshop.build);
        recipe::rewrite_pkgver(&start.join("PKGBUILD"), pkgver)
            .map_err(Error::io("write the new pkgver"))?;
        state.rewritten = true;
        let pkgbuild = read_pkgbuild(&start)?;
        let rewritten = self
            .recipe(
                workshop.tier,
                workshop.base_name,
                &start,
                &pkgbuild,
                workshop.backend,
                workshop.cancel,
            )
            .await?;
        if rewritten.name != recipe.name {
            let (has, wanted) = (rewritten.name.to_string(), recipe.name.to_string());
            return Err(Error::Recipe(RecipeError::Name { has, wanted }));
        }
        rewritten.check_target(self.architecture, workshop.backend)?;
        Ok(rewritten)
    }
}

/// A recipe is read once: what is evaluated is what is hashed and what is built.
pub(crate) fn read_pkgbuild(folder: &Path) -> Result<Vec<u8>, Error> {
    fs_err::read(folder.join("PKGBUILD")).map_err(Error::io("read the recipe"))
}

/// Runs a function that a recipe may have.
async fn call(
    workshop: &Workshop<'_>,
    step: Step,
    function: &str,
    recipe: &Recipe,
    state: &mut State,
) -> Result<Option<Declared>, Error> {
    if !recipe.declared.has_function(function) {
        return Ok(None);
    }
    workshop.events.start(step);
    let said = workshop.call(step, function, None, state).await?;
    workshop.events.finish(step);
    Ok(Some(said))
}

/// Programs of the host that fetch are confined by the same program as recipes, where there is one.
pub(crate) fn runner(tier: &Tier) -> ToolRunner {
    let bwrap = match tier {
        Tier::Bwrap(bwrap) => Some(bwrap.clone()),
        Tier::None => host::find_program("bwrap"),
    };
    bwrap.map_or(ToolRunner::Direct, ToolRunner::Bwrap)
}

#[async_trait]
impl ArtifactProvisioner<WorkerBinary> for WorkerProvisioner {
    async fn provision(
        &self,
        id: &str,
        job_id: &str,
        cancel_token: CancellationToken,
    ) -> Result<WorkerBinary, ProvisionError> {
        let id: WorkerId = id.parse().map_err(Error::from)?;
        let job: JobId = job_id.parse().map_err(Error::from)?;
        Ok(self.run(&id, job, &cancel_token).await?)
    }

    async fn dependencies(
        &self,
        id: &str,
        cancel_token: CancellationToken,
    ) -> Result<Vec<String>, ProvisionError> {
        let id: WorkerId = id.parse().map_err(Error::from)?;
        Ok(self.needed(&id, &cancel_token).await?)
    }

    fn supports(&self, id: &str) -> bool {
        id.parse::<WorkerId>().is_ok_and(|id| self.index.may_have(&id.name))
    }

    async fn available(&self) -> Result<Vec<Offer>, ProvisionError> {
        Ok(self.offers(&CancellationToken::new()).await?)
    }

    async fn recipe_file(
        &self,
        name: &str,
        file: &str,
        cancel_token: CancellationToken,
    ) -> Result<Option<Vec<u8>>, ProvisionError> {
        Ok(self.file_of_recipe(name, file, &cancel_token).await?)
    }

    async fn plan(&self, id: &str) -> Result<Plan, ProvisionError> {
        let id: WorkerId = id.parse().map_err(Error::from)?;
        Ok(self.plan_of(&id, &CancellationToken::new()).await?)
    }

    async fn package_id(
        &self,
        request: &ImportRequest,
        cancel_token: CancellationToken,
    ) -> Result<String, ProvisionError> {
        Ok(self.id_of_package(request, &cancel_token).await?)
    }

    async fn import(
        &self,
        id: &str,
        request: &ImportRequest,
        job_id: &str,
        cancel_token: CancellationToken,
    ) -> Result<WorkerBinary, ProvisionError> {
        let id: WorkerId = id.parse().map_err(Error::from)?;
        let job: JobId = job_id.parse().map_err(Error::from)?;
        Ok(self.import_of(&id, request, job, &cancel_token).await?)
    }

    async fn export(
        &self,
        worker: &WorkerBinary,
        request: &ExportRequest,
        job_id: &str,
        cancel_token: CancellationToken,
    ) -> Result<Exported, ProvisionError> {
        let job: JobId = job_id.parse().map_err(Error::from)?;
        Ok(self.export_of(worker, request, job, cancel_token).await?)
    }
}
