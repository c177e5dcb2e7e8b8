//! The same recipe, built twice on different ground: the packages are the same bytes.

use std::{collections::BTreeMap, ffi::OsString};

use crate::{
    hive::{self, Outcome},
    left_out,
    recipe::Recipe,
    server::Server,
    workbench::Workbench,
};

#[test]
fn two_builds_in_two_folders_give_the_same_bytes() {
    if left_out() {
        return;
    }
    let server = Server::start();
    let mut recipes = Recipe::all();
    // Compiled, with a package of debugging symbols, which name folders and times if anything does.
    recipes.retain(|recipe| recipe.name == "20-debug");
    let recipe = recipes.first().unwrap();
    let first = exported(recipe, &server);
    let second = exported(recipe, &server);
    assert!(first.len() >= 2, "{:?}", first.keys());
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, bytes) in &first {
        assert!(bytes == &second[name], "{} differs", name.display());
    }
}

/// The files of a build's packages.
fn exported(recipe: &Recipe, server: &Server) -> BTreeMap<OsString, Vec<u8>> {
    let bench = Workbench::new(recipe, server);
    if let refused @ Outcome::Refused { .. } = hive::build(recipe, &bench) {
        panic!("{refused:?}");
    }
    let files = fs_err::read_dir(bench.path("hive/packages")).unwrap();
    let files = files.map(|entry| entry.unwrap());
    files.map(|file| (file.file_name(), fs_err::read(file.path()).unwrap())).collect()
}
