use std::str::FromStr;

use rbee_hive_artifact_catalog::WorkerType;

use super::Problem;
use crate::recipe::declared::Declared;

/// What is wrong with the variables of a worker.
pub(crate) fn worker(declared: &Declared) -> Vec<Problem> {
    let mut problems = Vec::new();
    let entrypoint = declared.string("_worker_entrypoint");
    let inside = !entrypoint.split('/').any(|part| matches!(part, "" | "." | ".."));
    if !entrypoint.is_empty() && (!inside || entrypoint.contains(['\n', '\0'])) {
        let message = format!("is {entrypoint:?}");
        let remedy = "write the path in the package, such as usr/bin/server";
        problems.push(
            Problem::error("bad-entrypoint", "_worker_entrypoint", message, remedy)
                .about(entrypoint),
        );
    }
    for backend in declared.array("_worker_backends") {
        if let Err(unknown) = WorkerType::from_str(backend) {
            let message = format!("has an {unknown}");
            let remedy = "remove it";
            problems.push(
                Problem::error("unknown-backend", "_worker_backends", message, remedy)
                    .about(backend),
            );
        }
    }
    for phase in declared.array("_worker_network").iter().filter(|phase| *phase != "prepare") {
        let message = format!("names {phase:?}");
        let remedy = "only prepare may have the network: fetch there, or name the files in source";
        problems.push(Problem::error("network", "_worker_network", message, remedy).about(phase));
    }
    problems
}

/// A recipe that makes nothing to run.
pub(crate) fn library(declared: &Declared) -> Option<Problem> {
    declared.string("_worker_entrypoint").is_empty().then(|| {
        let message = "is missing: the recipe can be a dependency, not installed as a worker";
        let remedy = "for a worker name the executable: _worker_entrypoint=usr/bin/server";
        Problem::warning("no-entrypoint", "_worker_entrypoint", message, remedy)
    })
}
