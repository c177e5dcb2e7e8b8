//! Each recipe of `recipes/`, built by makepkg and by the hive: the packages must be the same, and
//! what one refuses, so must the other. The outcome is a table, in `comparison.txt` of the target
//! folder's `tmp`, that `make test` shows.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive;
mod difference;
mod hive;
mod metadata;
mod recipe;
mod reference;
mod refusals;
mod reproducible;
mod row;
mod server;
mod table;
mod workbench;

use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use recipe::Recipe;
use row::Row;
use server::Server;

/// Works on each of `items`, as many at a time as there are processors. Results in order.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let take_turns = || {
        while let Some((at, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
        {
            let result = work(item);
            done.lock().unwrap().push((at, result));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(take_turns);
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Whether nothing is to be compared, because `COMPARISON=skip` says so. Without it, what makepkg
/// needs has to be there: a comparison that was not made is no agreement.
fn left_out() -> bool {
    #[expect(clippy::disallowed_methods, reason = "for who cannot have makepkg")]
    let said = std::env::var("COMPARISON");
    if said.is_ok_and(|value| value == "skip") {
        fs_err::write(table::file(), "left out: COMPARISON=skip\n").unwrap();
        return true;
    }
    let missing: Vec<_> = ["makepkg", "fakeroot", "bwrap"]
        .into_iter()
        .filter(|program| !Path::new("/usr/bin").join(program).exists())
        .collect();
    assert!(missing.is_empty(), "{} is missing: scripts/setup.sh test", missing.join(" and "));
    false
}

#[test]
fn recipes_give_what_makepkg_gives() {
    if left_out() {
        return;
    }
    let server = Server::start();
    let recipes = Recipe::all();
    let rows: Vec<Row> = in_parallel(&recipes, |recipe| row::compare(recipe, &server));
    let table = table::render(&rows);
    fs_err::write(table::file(), &table).unwrap();
    let differing: Vec<_> = rows.iter().filter(|row| !row.agrees()).map(|row| &row.name).collect();
    let file = table::file();
    assert!(differing.is_empty(), "the table is {}; these differ: {differing:?}", file.display());
}

#[test]
fn the_recipes_cover_every_rule() {
    let recipes = Recipe::all();
    assert!(recipes.len() >= 60, "{} recipes", recipes.len());
    for rule in 1..=24 {
        assert!(recipes.iter().any(|recipe| recipe.rules.contains(&rule)), "rule {rule}");
    }
}
