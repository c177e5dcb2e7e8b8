//! The recipes to compare, and what is said about each.

use std::path::{Path, PathBuf};

/// What makepkg and the hive have to do with a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expectation {
    /// Both build it, and the packages are the same.
    Same,
    /// Both print the same `.SRCINFO`; nothing is built.
    SameSrcinfo,
    /// Both build it, and have nothing to do when asked again.
    NothingToDo,
    /// makepkg refuses to build as root. The hive does it, in a sandbox.
    AsRoot,
    /// makepkg ends with this exit code, and the hive refuses it.
    Refused(i32),
    /// makepkg ends with this exit code, for a reason that the hive does not have.
    Accepted(i32, String),
    /// The makepkg at hand does not know this yet. A later one's documentation says so, and the
    /// hive's package has what is in the folder `expected`; or, without that folder, is refused.
    Documented(String),
}

/// A folder of `recipes/`, called `RULE-NAME`. What it has besides the recipe's own files:
///
/// - `row`: lines of `KEY: VALUE`, as read by [`Recipe::set`];
/// - `setup.sh`: makes the sources in `$SOURCES`, and may change the recipe's files;
/// - `PKGBUILD.before`: built first, with the same caches; then comes `between.sh`;
/// - `expected/`: for [`Expectation::Documented`].
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// The lines of makepkg's behaviour that this is about.
    pub(crate) rules: Vec<u32>,
    pub(crate) expectation: Expectation,
    /// What both are called with.
    pub(crate) makepkg_arguments: Vec<String>,
    pub(crate) hive_arguments: Vec<String>,
    /// Variables of the environment for both.
    pub(crate) environment: Vec<(String, String)>,
    /// Lines for the end of makepkg.conf.
    pub(crate) configuration: String,
    /// What a warning of the hive has to mention; makepkg's is known to.
    pub(crate) warns: Option<String>,
}

impl Recipe {
    /// Every recipe, in the order of the rules.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/comparison/recipes");
        #[expect(clippy::disallowed_methods, reason = "for who looks at a single row")]
        let only = std::env::var("COMPARISON_ONLY").ok();
        let mut all: Vec<_> = fs_err::read_dir(folder)
            .unwrap()
            .map(|entry| Self::read(entry.unwrap().path()))
            .filter(|recipe| only.as_ref().is_none_or(|only| recipe.name.contains(only.as_str())))
            .collect();
        all.sort_by(|a, b| (a.rules[0], &a.name).cmp(&(b.rules[0], &b.name)));
        all
    }

    fn read(folder: PathBuf) -> Self {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let (rule, _) = name.split_once('-').unwrap();
        let mut recipe = Self {
            rules: vec![rule.parse().unwrap()],
            expectation: Expectation::Same,
            makepkg_arguments: Vec::new(),
            hive_arguments: Vec::new(),
            environment: vec![("SOURCE_DATE_EPOCH".to_owned(), "1500000000".to_owned())],
            configuration: String::new(),
            warns: None,
            name,
            folder,
        };
        let row = recipe.folder.join("row");
        if row.exists() {
            for line in fs_err::read_to_string(row).unwrap().lines() {
                let (key, value) = line.split_once(": ").unwrap();
                recipe.set(key, value);
            }
        }
        recipe
    }

    fn set(&mut self, key: &str, value: &str) {
        let words = || value.split(' ').map(str::to_owned);
        match key {
            "rules" => self.rules.extend(words().map(|word| word.parse::<u32>().unwrap())),
            "refused" => self.expectation = Expectation::Refused(value.parse().unwrap()),
            "accepted" => {
                let (code, reason) = value.split_once(' ').unwrap();
                self.expectation = Expectation::Accepted(code.parse().unwrap(), reason.to_owned());
            }
            "documented" => self.expectation = Expectation::Documented(value.to_owned()),
            "compare" if value == "srcinfo" => self.expectation = Expectation::SameSrcinfo,
            "compare" if value == "again" => self.expectation = Expectation::NothingToDo,
            "compare" if value == "as-root" => self.expectation = Expectation::AsRoot,
            "makepkg" => self.makepkg_arguments.extend(words()),
            "hive" => self.hive_arguments.extend(words()),
            "environment" => {
                let (name, value) = value.split_once('=').unwrap();
                self.environment.retain(|(known, _)| known != name);
                self.environment.push((name.to_owned(), value.to_owned()));
            }
            "conf" => self.configuration.extend([value, "\n"]),
            "warns" => self.warns = Some(value.to_owned()),
            _ => panic!("{}: what is {key}?", self.name),
        }
    }
}
