//! makepkg's side.

use std::{collections::BTreeMap, path::Path, process::Output};

use crate::{
    archive::Package,
    recipe::Recipe,
    workbench::{USER, Workbench},
};

/// What makepkg did.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) exit: i32,
    /// What it wrote, both streams.
    pub(crate) log: String,
    /// The packages by name.
    pub(crate) packages: BTreeMap<String, Package>,
}

/// Builds the recipe with makepkg, in the folder that the hive's sandbox has, too.
pub(crate) fn build(recipe: &Recipe, bench: &Workbench) -> Reference {
    let output = makepkg(recipe, bench, &["--nodeps", "--force"]);
    let mut packages = BTreeMap::new();
    for entry in fs_err::read_dir(bench.path("makepkg/packages")).unwrap() {
        let package = Package::read(&entry.unwrap().path());
        packages.insert(package.name(), package);
    }
    Reference {
        exit: output.status.code().unwrap(),
        log: String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        packages,
    }
}

/// Builds what comes before the recipe. Only its sources stay.
pub(crate) fn build_before(recipe: &Recipe, bench: &Workbench) {
    let output = makepkg(recipe, bench, &["--nodeps", "--force"]);
    assert!(output.status.success(), "{}: {output:#?}", recipe.name);
    for entry in fs_err::read_dir(bench.path("makepkg/packages")).unwrap() {
        fs_err::remove_file(entry.unwrap().path()).unwrap();
    }
    fs_err::remove_dir_all(bench.path("makepkg/start/src")).unwrap();
}

/// What `makepkg --printsrcinfo` prints, or its exit code.
pub(crate) fn srcinfo(recipe: &Recipe, bench: &Workbench) -> Result<Vec<u8>, i32> {
    let output = makepkg(recipe, bench, &["--printsrcinfo"]);
    match output.status.code().unwrap() {
        0 => Ok(output.stdout),
        code => Err(code),
    }
}

/// The exit code of makepkg for another user, or of one that is not told to build again.
pub(crate) fn exit_of(recipe: &Recipe, bench: &Workbench, user: &str) -> i32 {
    called(recipe, bench, &["--nodeps"], user).status.code().unwrap()
}

fn makepkg(recipe: &Recipe, bench: &Workbench, arguments: &[&str]) -> Output {
    called(recipe, bench, arguments, USER)
}

fn called(recipe: &Recipe, bench: &Workbench, arguments: &[&str], user: &str) -> Output {
    let mut command = bench.confined(&bench.path("makepkg/start"), Path::new("/build"), user);
    for (name, value) in &recipe.environment {
        command.args(["--setenv", name, value]);
    }
    command.arg("makepkg").arg("--config").arg(bench.configuration());
    command.args(arguments).args(&recipe.makepkg_arguments).output().unwrap()
}
