//! What makepkg refuses, and what we say then: a folder for each recipe, all of them in one snapshot.
//! `bench/srcinfo-corpus.sh crates/worker-provisioner/tests/refusals` shows that makepkg does refuse
//! them.

use std::{fmt::Write as _, path::Path};

use rbee_hive_artifact_catalog::ErrorKind;
use rbee_hive_worker_provisioner::{ProvisionOptions, RecipePlace, recipe_lint, recipe_srcinfo};

#[tokio::test]
async fn each_is_refused_with_its_place_and_a_remedy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refusals");
    let mut folders: Vec<_> =
        fs_err::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut all = String::new();
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let refused = recipe_srcinfo(&folder, &ProvisionOptions::default()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::RecipeRefused, "{name}");
        let _ = writeln!(all, "{name}: {refused}");
        let lint = recipe_lint(&folder, &ProvisionOptions::default()).await.unwrap();
        assert!(lint.problems[0].is_error, "{name}");
        for problem in lint.problems.iter().filter(|problem| problem.is_error) {
            let place = problem.place.map_or_else(
                || "nowhere".to_owned(),
                |RecipePlace { line, column, length }| {
                    let text: String =
                        lint.lines[line - 1].chars().skip(column - 1).take(length).collect();
                    format!("{line}:{column} {text:?}")
                },
            );
            let _ = writeln!(all, "  {} {place}", problem.rule);
        }
    }
    let root = root.display().to_string();
    insta::assert_snapshot!(all.replace(&root, "DIR"));
}
