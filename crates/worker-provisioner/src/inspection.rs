//! A look at one recipe on this machine: its `.SRCINFO`, and what is wrong with it.

use std::path::{Path, PathBuf};

use rbee_hive_artifact_catalog::{Architecture, ErrorKind, ProvisionError, WorkerType};
use tokio_util::sync::CancellationToken;

use crate::{
    error::{Error, recipe_kind},
    index::{IndexError, recipe_folder},
    options::ProvisionOptions,
    provisioner::read_pkgbuild,
    recipe::{self, Declared, RecipeError, RecipePlace},
    sandbox::Tier,
    settings::Settings,
};

/// What `makepkg --printsrcinfo` prints of a recipe, in three parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeSrcinfo {
    /// What the recipe itself wrote to its standard output while it was read. It should be empty.
    pub before: String,
    /// The `.SRCINFO`. Its values are the recipe's bytes, which may be no UTF-8.
    pub text: Vec<u8>,
    /// What the recipe wrote when its shell ended.
    pub after: String,
}

/// What is wrong with a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeLint {
    /// The PKGBUILD.
    pub path: PathBuf,
    /// Its lines, which the places of the problems are in.
    pub lines: Vec<String>,
    /// The problems, errors first, then as they stand in the file.
    pub problems: Vec<LintProblem>,
}

/// One thing that is wrong with a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintProblem {
    /// Whether the recipe is refused for it; else it should only be better.
    pub is_error: bool,
    /// The rule that it breaks, a name that stays.
    pub rule: &'static str,
    /// The variable, or the function with its `()`.
    pub field: String,
    /// Where it is; none if it is nowhere in particular.
    pub place: Option<RecipePlace>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// The `.SRCINFO` of the PKGBUILD at `path`, which may also name its folder. It need not be the
/// recipe of a worker.
///
/// # Errors
/// If there is none, or makepkg would refuse it.
pub async fn recipe_srcinfo(
    path: &Path,
    options: &ProvisionOptions,
) -> Result<RecipeSrcinfo, ProvisionError> {
    Ok(srcinfo(path, options).await?)
}

async fn srcinfo(path: &Path, options: &ProvisionOptions) -> Result<RecipeSrcinfo, Error> {
    let subject = Subject::at(path, options)?;
    let declared = subject.evaluate().await?;
    recipe::check_package(&declared)?;
    recipe::check_scripts(&declared, &subject.folder)?;
    let text = recipe::srcinfo(&declared);
    let [before, after] = declared.noise;
    Ok(RecipeSrcinfo { before, text, after })
}

/// Everything that is wrong with the PKGBUILD at `path`, which may also name its folder. A recipe
/// that cannot even be evaluated has that as its one problem.
///
/// # Errors
/// If there is none, or no sandbox works.
pub async fn recipe_lint(
    path: &Path,
    options: &ProvisionOptions,
) -> Result<RecipeLint, ProvisionError> {
    Ok(lint(path, options).await?)
}

async fn lint(path: &Path, options: &ProvisionOptions) -> Result<RecipeLint, Error> {
    let subject = Subject::at(path, options)?;
    let problems = match subject.evaluate().await {
        Ok(declared) => recipe::every_problem(&declared, Architecture::HOST, &subject.folder),
        Err(error) if recipe_kind(&error) == ErrorKind::RecipeRefused => recipe::problems_of(error),
        Err(error) => return Err(error.into()),
    };
    let text = recipe::decode(&subject.pkgbuild);
    let mut problems: Vec<_> = problems
        .into_iter()
        .map(|problem| {
            let place = recipe::locate(&text, &problem);
            LintProblem {
                is_error: problem.severity == recipe::Severity::Error,
                rule: problem.rule,
                message: problem.to_string_without_remedy(),
                field: problem.field,
                place,
                remedy: problem.remedy,
            }
        })
        .collect();
    // What has no place comes last of its kind.
    problems.sort_by_key(|p| (!p.is_error, p.place.is_none(), p.place));
    Ok(RecipeLint {
        path: subject.folder.join("PKGBUILD"),
        lines: text.lines().map(str::to_owned).collect(),
        problems,
    })
}

/// A recipe that is looked at where it lies.
pub(crate) struct Subject {
    pub(crate) tier: Tier,
    pub(crate) folder: PathBuf,
    pub(crate) pkgbuild: Vec<u8>,
    pub(crate) settings: Settings,
}

impl Subject {
    pub(crate) fn at(path: &Path, options: &ProvisionOptions) -> Result<Self, Error> {
        let folder = recipe_folder(path);
        if !folder.join("PKGBUILD").is_file() {
            return Err(IndexError::NoRecipe(path.to_owned()).into());
        }
        let tier = Tier::choose(options.sandbox)?;
        let folder = fs_err::canonicalize(folder).map_err(Error::io("find the recipe"))?;
        let pkgbuild = read_pkgbuild(&folder)?;
        let settings = Settings::read(options, Architecture::HOST)?;
        Ok(Self { tier, folder, pkgbuild, settings })
    }

    async fn evaluate(&self) -> Result<Declared, RecipeError> {
        self.evaluate_as(&self.pkgbuild, &CancellationToken::new()).await
    }

    /// Evaluates this text as if it lay where the recipe does, so that what it says of its folder is
    /// true.
    pub(crate) async fn evaluate_as(
        &self,
        text: &[u8],
        cancel: &CancellationToken,
    ) -> Result<Declared, RecipeError> {
        self.evaluate_text(text, WorkerType::Cpu, cancel).await
    }

    /// Evaluates the recipe as it is built for this backend.
    pub(crate) async fn evaluate_for(
        &self,
        backend: WorkerType,
        cancel: &CancellationToken,
    ) -> Result<Declared, RecipeError> {
        self.evaluate_text(&self.pkgbuild, backend, cancel).await
    }

    async fn evaluate_text(
        &self,
        text: &[u8],
        backend: WorkerType,
        cancel: &CancellationToken,
    ) -> Result<Declared, RecipeError> {
        let name = self.folder.file_name().unwrap_or(self.folder.as_os_str()).to_string_lossy();
        let start =
            if can_be_shown(&self.folder) { &self.folder } else { Path::new(recipe::START) };
        let (arch, settings) = (Architecture::HOST, &self.settings);
        let (tier, folder) = (&self.tier, &self.folder);
        recipe::evaluate(tier, &name, folder, text, start, settings, arch, backend, cancel).await
    }
}

/// Whether the sandbox can show something at this path: not where it shows the host's own folders.
fn can_be_shown(folder: &Path) -> bool {
    const TAKEN: &[&str] =
        &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/proc", "/dev"];
    folder != Path::new("/")
        && folder != Path::new("/tmp")
        && !TAKEN.iter().any(|taken| folder.starts_with(taken))
}
