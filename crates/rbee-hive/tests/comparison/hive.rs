//! Our side.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::{archive::Package, recipe::Recipe, workbench::Workbench};

/// The flag that names a makepkg.conf.
const SETTINGS: &str = "--makepkg-conf";

/// What the hive did.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It built these packages.
    Built { packages: BTreeMap<String, Package>, warnings: Vec<String> },
    /// It refused: its exit code, the kind of the error, and its texts.
    Refused { exit: i32, kind: String, message: String },
}

/// The hive, in the folders of the row.
pub(crate) fn command(recipe: &Recipe, bench: &Workbench) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rbee-hive"));
    for variable in ["WORKER_CATALOG_URL", "PACKAGER", "PKGEXT", "CARCH", "SRCDEST", "PKGDEST"] {
        command.env_remove(variable);
    }
    command
        .envs(recipe.environment.iter().map(|(name, value)| (name, value)))
        .env("HIVE_DATA_DIR", bench.path("hive").join("data"))
        .env("HIVE_CACHE_DIR", bench.path("hive").join("cache"))
        .env("HOME", bench.path("makepkg/home"))
        .stdin(Stdio::null());
    command
}

/// Builds what comes before the recipe.
pub(crate) fn build_before(recipe: &Recipe, bench: &Workbench) {
    let output = install(recipe, bench);
    assert!(output.status.success(), "{}: {output:#?}", recipe.name);
}

/// Installs the recipe and exports its packages.
pub(crate) fn build(recipe: &Recipe, bench: &Workbench) -> Outcome {
    let output = install(recipe, bench);
    let ended = ended(&output);
    if ended["outcome"] != "succeeded" {
        let causes = ended["causes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let message = ended["message"].as_str().into_iter().chain(causes);
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Outcome::Refused {
            exit: output.status.code().unwrap_or(-1),
            kind: ended["kind"].as_str().unwrap_or("none").to_owned(),
            message: message.chain([&*stderr]).collect::<Vec<_>>().join(": "),
        };
    }
    let events = events(&output);
    let warnings = events.iter().filter(|event| event["type"] == "warning");
    let warnings = warnings.map(|event| event["text"].as_str().unwrap_or_default().to_owned());
    Outcome::Built {
        packages: export(recipe, bench, &ended["worker"]),
        warnings: warnings.collect(),
    }
}

pub(crate) fn install(recipe: &Recipe, bench: &Workbench) -> Output {
    let mut command = command(recipe, bench);
    command
        .args(["--json", "worker", "install"])
        .args(arguments(recipe, bench))
        .arg("--recipe")
        .arg(bench.path("hive/recipe"));
    command.output().unwrap()
}

/// What an install of this recipe is told: the same settings as makepkg, and the row's own words.
pub(crate) fn arguments(recipe: &Recipe, bench: &Workbench) -> Vec<OsString> {
    let mut all: Vec<_> = recipe.hive_arguments.iter().map(OsString::from).collect();
    if !all.iter().any(|argument| argument == SETTINGS) {
        all.extend([SETTINGS.into(), bench.configuration().into()]);
    }
    all
}

fn events(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// How an install ended.
pub(crate) fn ended(output: &Output) -> Value {
    events(output).pop().unwrap_or_default()
}

/// The steps that an install took.
pub(crate) fn steps(output: &Output) -> Vec<String> {
    let events = events(output);
    let started = events.iter().filter(|event| event["type"] == "step_started");
    started.map(|event| event["step"].as_str().unwrap().to_owned()).collect()
}

/// Every package of an installed worker.
pub(crate) fn export(
    recipe: &Recipe,
    bench: &Workbench,
    worker: &Value,
) -> BTreeMap<String, Package> {
    let object = PathBuf::from(worker["path"].as_str().unwrap());
    let id = format!("{}:cpu", worker["name"].as_str().unwrap());
    let mut packages = BTreeMap::new();
    for entry in fs_err::read_dir(object.join(".rbee/packages")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let file = bench.path("hive").join("packages").join(format!("{name}.pkg.tar.zst"));
        let mut command = command(recipe, bench);
        command.args(["worker", "export", &id, "--package", &name, "-o"]).arg(&file);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}: {output:#?}", recipe.name);
        packages.insert(name, Package::read(&file));
    }
    packages
}

/// What `recipe srcinfo` prints, or its exit code.
pub(crate) fn srcinfo(recipe: &Recipe, bench: &Workbench) -> Result<Vec<u8>, i32> {
    let mut command = command(recipe, bench);
    let output = command.args(["recipe", "srcinfo"]).arg(bench.path("hive/recipe")).output();
    let output = output.unwrap();
    match output.status.code().unwrap() {
        0 => Ok(output.stdout),
        code => Err(code),
    }
}
