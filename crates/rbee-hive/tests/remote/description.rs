use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::context::{Place, stdout};

/// Where `scripts/setup.sh` puts it.
fn schemathesis() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let program = target.join("schemathesis/bin/schemathesis");
    assert!(program.is_file(), "no {}: run scripts/setup.sh test", program.display());
    program
}

#[test]
fn the_daemon_answers_as_its_description_says() {
    let place = Place::new();
    place.recipe("1.0", "true");
    fs_err::write(place.path("index/tiny/words.txt"), "words").unwrap();
    let daemon = place.serve();
    let install = place.there(daemon.url(), &["worker", "install", "tiny"]).output().unwrap();
    assert!(install.status.success(), "{install:?}");
    let jobs = format!("{}/v1/jobs?state=ended", daemon.url());
    let jobs = Command::new("curl").args(["-sS", &jobs]).output().unwrap();
    let jobs: Value = serde_json::from_str(&stdout(&jobs)).unwrap();
    let job = jobs["jobs"][0]["job_id"].as_str().unwrap();

    let known = include_str!("schemathesis.toml").replace("JOB", job);
    fs_err::write(place.path("known.toml"), known).unwrap();
    fs_err::write(place.path("nothing.toml"), rest()).unwrap();
    // Once with what is there, once with whatever comes.
    for config in ["known.toml", "nothing.toml"] {
        let tested = Command::new(schemathesis())
            .arg("--config-file")
            .arg(place.path(config))
            .args(["run", &format!("{}/openapi.json", daemon.url())])
            .args(["--checks", "all", "--phases", "examples,coverage,fuzzing"])
            .args(["--suppress-health-check", "all"])
            .args(["--max-examples", "20", "--seed", "20261123", "--no-color"])
            .args(["--generation-database", "none", "--warnings", "off"])
            .current_dir(place.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(tested.status.success(), "{config}:\n{}", stdout(&tested));
    }
}

/// The configuration without what is there.
fn rest() -> String {
    let blocks = include_str!("schemathesis.toml").split("\n\n");
    blocks.filter(|block| !block.contains("parameters =")).collect::<Vec<_>>().join("\n\n")
}
