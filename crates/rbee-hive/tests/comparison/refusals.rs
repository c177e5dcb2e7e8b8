//! Each refusal, as who meets it sees it: the exit code and the message.

use std::fmt::Write as _;

use crate::{
    hive, in_parallel, left_out,
    recipe::{Expectation, Recipe},
    server::Server,
    workbench::Workbench,
};

#[test]
fn each_refusal_has_its_code_and_its_message() {
    if left_out() {
        return;
    }
    let server = Server::start();
    let mut recipes = Recipe::all();
    recipes.retain(|recipe| matches!(recipe.expectation, Expectation::Refused(_)));
    let refusals = in_parallel(&recipes, |recipe| refusal(recipe, &server));
    insta::assert_snapshot!(refusals.concat());
}

fn refusal(recipe: &Recipe, server: &Server) -> String {
    let bench = &Workbench::new(recipe, server);
    if bench.before {
        bench.take_before();
        hive::build_before(recipe, bench);
        bench.take_after();
    }
    let output = hive::command(recipe, bench)
        .args(["--quiet", "worker", "install"])
        .args(hive::arguments(recipe, bench))
        .arg("--recipe")
        .arg(bench.path("hive/recipe"))
        .output()
        .unwrap();
    let folder = bench.path("");
    let told = String::from_utf8_lossy(&output.stderr)
        .replace(folder.to_str().unwrap(), "[FOLDER]/")
        .replace(std::env::consts::ARCH, "[ARCH]");
    let mut text = format!("{}: ", recipe.name);
    writeln!(text, "exit {}", output.status.code().unwrap_or(-1)).unwrap();
    for line in told.lines() {
        writeln!(text, "  {}", redacted(line)).unwrap();
    }
    text.push('\n');
    text
}

/// A line without what is of this run: the ids of jobs and keys, and the server's port.
fn redacted(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        let key = word.trim_start_matches("keys/pgp/").trim_end_matches([',', '.', 'a', 's', 'c']);
        if let Some((before, _)) = word.split_once("/jobs/") {
            format!("{before}/jobs/[JOB]")
        } else if let Some((_, path)) = word.strip_prefix("http://").and_then(|w| w.split_once('/'))
        {
            format!("http://[SERVER]/{path}")
        } else if (16..=40).contains(&key.len())
            && key.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        {
            word.replace(key, "[KEY]")
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}
