use std::collections::{BTreeSet, HashMap};

use futures_util::{FutureExt, future::BoxFuture};
use rbee_hive_artifact_catalog::{WorkerBinary, WorkerName, WorkerType};
use tokio_util::sync::CancellationToken;

use super::{DependencyError, Requirement};
use crate::{
    error::Error,
    host,
    provisioner::{WorkerProvisioner, read_pkgbuild},
    recipe::Recipe,
    sandbox::Tier,
};

/// Everything of the index that a recipe needs, found out without building any of it.
#[derive(Debug)]
pub(crate) struct Closure {
    /// Every recipe to be made first, each after those that it needs itself.
    pub(crate) order: Vec<Needed>,
    /// What is left for the host to have.
    pub(crate) host: Vec<HostNeed>,
}

/// A recipe of the index that another one needs.
#[derive(Debug)]
pub(crate) struct Needed {
    pub(crate) recipe: Recipe,
    pub(crate) backend: WorkerType,
    /// How the recipe that the closure is of needs it.
    pub(crate) by_root: Part,
}

/// What one recipe has to do with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// It is needed to make something else that is needed.
    Elsewhere,
    /// The build sees it.
    Build,
    /// The build sees it, and so does what was built.
    Runtime,
}

/// An entry that no recipe of the index is for.
#[derive(Debug, Clone)]
pub(crate) struct HostNeed {
    pub(crate) requirement: Requirement,
    /// What the index has under that name and why that will not do.
    pub(crate) index_has: Option<String>,
}

impl Needed {
    /// Whether the build of the recipe that the closure is of sees it.
    pub(crate) fn is_seen(&self) -> bool {
        self.by_root != Part::Elsewhere
    }

    /// `name:backend@version`.
    pub(crate) fn id(&self) -> String {
        WorkerBinary::full_id(&self.recipe.name, self.backend, &self.recipe.version)
    }
}

impl WorkerProvisioner {
    /// What `recipe` needs of the index, and what of the host.
    ///
    /// # Errors
    /// If a recipe that is needed cannot be used, if recipes need each other in a circle, or refuse
    /// each other.
    pub(crate) async fn closure(
        &self,
        tier: &Tier,
        recipe: &Recipe,
        backend: WorkerType,
        cancel: &CancellationToken,
    ) -> Result<Closure, Error> {
        let mut search = Search {
            provisioner: self,
            tier,
            cancel,
            nodes: Vec::new(),
            done: HashMap::new(),
            path: Vec::new(),
        };
        let root = search.visit(recipe.clone(), backend).await?;
        search.closure(root)
    }
}

/// A search in depth: a recipe is done when all that it needs is.
struct Search<'a> {
    provisioner: &'a WorkerProvisioner,
    tier: &'a Tier,
    cancel: &'a CancellationToken,
    nodes: Vec<Node>,
    /// The numbers of nodes.
    done: HashMap<Made, usize>,
    /// From the root to the one that is looked at.
    path: Vec<Made>,
}

/// What a recipe is made into: for another backend it is something else.
type Made = (WorkerName, WorkerType);

struct Node {
    recipe: Recipe,
    backend: WorkerType,
    runtime: Vec<usize>,
    build: Vec<usize>,
    host: Vec<HostNeed>,
}

/// Where something that is needed is.
enum Found {
    Recipe(Box<Recipe>, WorkerType),
    Host(HostNeed),
}

impl Search<'_> {
    fn visit(
        &mut self,
        recipe: Recipe,
        backend: WorkerType,
    ) -> BoxFuture<'_, Result<usize, Error>> {
        async move {
            let provisioner = self.provisioner;
            let with_check = recipe.runs_check(provisioner.options.no_check);
            self.path.push((recipe.name.clone(), backend));
            let (mut runtime, mut build, mut host) = (Vec::new(), Vec::new(), Vec::new());
            let needs = [
                (&mut runtime, recipe.runtime_needs(provisioner.architecture)),
                (&mut build, recipe.build_needs(provisioner.architecture, with_check)),
            ];
            for (edges, needs) in needs {
                for need in needs {
                    match self.find(need, backend, &recipe.name).await? {
                        Found::Host(need) => host.push(need),
                        Found::Recipe(found, backend) => {
                            edges.push(self.reach(*found, backend).await?);
                        }
                    }
                }
            }
            self.path.pop();
            self.done.insert((recipe.name.clone(), backend), self.nodes.len());
            self.nodes.push(Node { recipe, backend, runtime, build, host });
            Ok(self.nodes.len() - 1)
        }
        .boxed()
    }

    async fn reach(&mut self, found: Recipe, backend: WorkerType) -> Result<usize, Error> {
        let made = (found.name.clone(), backend);
        if let Some(start) = self.path.iter().position(|on_path| *on_path == made) {
            let path = self.path[start..].iter().chain([&made]);
            let path = path.map(|(name, _)| name.to_string()).collect();
            return Err(DependencyError::Cycle { path }.into());
        }
        match self.done.get(&made) {
            Some(number) => Ok(*number),
            None => self.visit(found, backend).await,
        }
    }

    /// A recipe of that name comes first. Otherwise the host: what provides something under another
    /// name has to be looked for in all recipes.
    async fn find(
        &self,
        need: Requirement,
        backend: WorkerType,
        by: &WorkerName,
    ) -> Result<Found, Error> {
        let (index, cancel) = (self.provisioner.index_of_dependencies(), self.cancel);
        let mut index_has = None;
        if index.has(&need.name, cancel).await? {
            match self.fitting(&need.name, &need, backend, by).await? {
                Ok(found) => return Ok(found),
                Err(why_not) => index_has = Some(why_not),
            }
        }
        if !host::has(&need) {
            let providers = &self.provisioner.providers;
            for name in providers.of(&need, self.provisioner, self.tier, cancel).await? {
                if let Ok(found) = self.fitting(&name, &need, backend, by).await? {
                    return Ok(found);
                }
            }
        }
        Ok(Found::Host(HostNeed { requirement: need, index_has }))
    }

    /// The recipe of this name, or why it is not what is needed.
    async fn fitting(
        &self,
        name: &str,
        need: &Requirement,
        backend: WorkerType,
        by: &WorkerName,
    ) -> Result<Result<Found, String>, Error> {
        let architecture = self.provisioner.architecture;
        let (recipe, backend) =
            self.evaluate(name, backend).await.map_err(|error| match error {
                Error::Cancelled => Error::Cancelled,
                source => DependencyError::Unusable {
                    needed: name.to_owned(),
                    by: by.to_string(),
                    source: Box::new(source),
                }
                .into(),
            })?;
        if !recipe.provides(architecture).iter().any(|provided| need.is_met_by(provided)) {
            return Ok(Err(format!("the index has {} {}", recipe.name, recipe.version)));
        }
        Ok(match recipe.check_target(architecture, backend) {
            Ok(()) => {
                self.provisioner.others.found(&recipe.name);
                Ok(Found::Recipe(Box::new(recipe), backend))
            }
            Err(error) => Err(error.to_string()),
        })
    }

    /// For the same backend as who needs it, if the recipe has that; else for its default.
    async fn evaluate(
        &self,
        name: &str,
        backend: WorkerType,
    ) -> Result<(Recipe, WorkerType), Error> {
        let provisioner = self.provisioner;
        let folder = provisioner.index_of_dependencies().folder(name, self.cancel).await?;
        let pkgbuild = read_pkgbuild(&folder)?;
        let recipe =
            provisioner.recipe(self.tier, name, &folder, &pkgbuild, backend, self.cancel).await?;
        if recipe.backends.contains(&backend) {
            return Ok((recipe, backend));
        }
        let default = recipe.backends[0];
        let recipe =
            provisioner.recipe(self.tier, name, &folder, &pkgbuild, default, self.cancel).await?;
        Ok((recipe, default))
    }

    /// What the node `root`, which was done last, needs.
    fn closure(self, root: usize) -> Result<Closure, Error> {
        let direct = [&self.nodes[root].runtime[..], &self.nodes[root].build].concat();
        let shown = self.shown(root, &self.with_their_runtime(&direct, &HashMap::new()));
        let runtime = self.with_their_runtime(&self.nodes[root].runtime, &shown);
        let build = self.with_their_runtime(&direct, &shown);
        self.check_conflicts(root, &build)?;
        let mut nodes = self.nodes;
        let host = nodes.pop().map(|root| root.host).unwrap_or_default();
        let order = nodes.into_iter().enumerate().map(|(number, node)| {
            let by_root = match (runtime.contains(&number), build.contains(&number)) {
                (true, _) => Part::Runtime,
                (false, true) => Part::Build,
                (false, false) => Part::Elsewhere,
            };
            Needed { recipe: node.recipe, backend: node.backend, by_root }
        });
        Ok(Closure { order: order.collect(), host })
    }

    /// Which node of each name the root is to see. Two of one name are the same files for different
    /// backends: the root's own backend comes first, then what the root needs itself.
    fn shown(&self, root: usize, seen: &BTreeSet<usize>) -> HashMap<&WorkerName, usize> {
        let rank = |number: usize| {
            let Node { runtime, build, backend, .. } = &self.nodes[root];
            let is_direct = runtime.contains(&number) || build.contains(&number);
            (self.nodes[number].backend != *backend, !is_direct, number)
        };
        let mut shown = HashMap::new();
        for number in seen.iter().copied() {
            let best = shown.entry(&self.nodes[number].recipe.name).or_insert(number);
            *best = std::cmp::min_by_key(*best, number, |number| rank(*number));
        }
        shown
    }

    /// These and all that they need to run; of each name that `shown` has, that node alone.
    fn with_their_runtime(
        &self,
        of: &[usize],
        shown: &HashMap<&WorkerName, usize>,
    ) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        let mut open = of.to_vec();
        while let Some(number) = open.pop() {
            let number = shown.get(&self.nodes[number].recipe.name).copied().unwrap_or(number);
            if all.insert(number) {
                open.extend(&self.nodes[number].runtime);
            }
        }
        all
    }

    fn check_conflicts(&self, root: usize, seen: &BTreeSet<usize>) -> Result<(), DependencyError> {
        let architecture = self.provisioner.architecture;
        let together = || seen.iter().copied().chain([root]);
        for one in together() {
            for entry in self.nodes[one].recipe.conflicts(architecture) {
                let other = together().filter(|other| *other != one).find(|other| {
                    let has = self.nodes[*other].recipe.provides(architecture);
                    has.iter().any(|provided| entry.is_met_by(provided))
                });
                if let Some(other) = other {
                    return Err(DependencyError::Conflict {
                        root: self.nodes[root].recipe.name.to_string(),
                        one: self.nodes[one].recipe.name.to_string(),
                        other: self.nodes[other].recipe.name.to_string(),
                        entry: entry.to_string(),
                    });
                }
            }
        }
        Ok(())
    }
}
