use std::time::Duration;

use rbee_hive_artifact_catalog::store::RECORDS;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{
    host::{self, Family},
    sandbox::{self, Confined, Limits, Mount, SandboxError, SandboxMode, Tier},
};

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// As it should be.
    Ok,
    /// Some recipes will not work.
    Warning,
    /// Nothing will work.
    Failed,
}

/// One thing that the hive needs of its host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// How it went.
    pub status: CheckStatus,
    /// What was found.
    pub found: String,
    /// What to do, if it did not go well.
    pub remedy: Option<String>,
}

impl Check {
    /// A check with this result.
    pub fn new(name: &str, status: CheckStatus, found: String, remedy: Option<String>) -> Self {
        Self { name: name.to_owned(), status, found, remedy }
    }
}

/// Programs that sources or builds may need, with what for and Arch's name of the package.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("git", "git sources", "git"),
    ("npm", "npm:// sources", "npm"),
    ("pip3", "pypi:// sources", "python-pip"),
    ("g++", "recipes that build", "gcc"),
    ("make", "recipes that build", "make"),
    ("cmake", "most engines", "cmake"),
    ("ninja", "most engines", "ninja"),
];

/// What the host has of what provisioning needs.
pub async fn host_checks() -> Vec<Check> {
    let mut checks = vec![sandbox().await, overlay().await];
    for (program, purpose, package) in PROGRAMS {
        checks.push(if let Some(path) = host::find_program(program) {
            Check::new(program, CheckStatus::Ok, path.display().to_string(), None)
        } else {
            let package = host::package_of(package, Family::of_host());
            let remedy = Family::of_host().install(&[&package]);
            let found = format!("not found; {purpose} need it");
            Check::new(program, CheckStatus::Warning, found, Some(remedy))
        });
    }
    checks
}

/// Lays a folder over `/usr` for a program in the sandbox, as for recipes that need others.
async fn overlay() -> Check {
    let check = |status, found: String, remedy| Check::new("overlay", status, found, remedy);
    let ran = async {
        let tier = Tier::choose(SandboxMode::Auto)?;
        let tree = tempfile::tempdir().map_err(SandboxError::Pipe)?;
        for folder in ["usr", RECORDS] {
            fs_err::create_dir(tree.path().join(folder)).map_err(SandboxError::Pipe)?;
        }
        let confined = Confined {
            program: "/bin/true".into(),
            args: Vec::new(),
            env: Vec::new(),
            folder: "/".into(),
            mounts: vec![Mount::layer(tree.path())],
            network: false,
            devices: false,
            channel: false,
        };
        let limits = Limits { wall: Duration::from_secs(10), channel: 0 };
        sandbox::run(&tier, &confined, limits, &CancellationToken::new(), &mut |_, _| {}).await
    };
    match ran.await {
        Ok(_) => check(CheckStatus::Ok, "recipes can be built on others".to_owned(), None),
        Err(error) if error.names_mounts() => {
            let remedy = "recipes that need other recipes cannot be built until it is unmounted";
            check(CheckStatus::Warning, error.to_string(), Some(remedy.to_owned()))
        }
        Err(error) => {
            let remedy = "recipes that need other recipes cannot be built; Linux 5.11 or later, and \
                          user namespaces for unshare (util-linux), allow it";
            check(CheckStatus::Warning, error.to_string(), Some(remedy.to_owned()))
        }
    }
}

/// Runs bash in the sandbox, which tells its version.
async fn sandbox() -> Check {
    let failed = |found: String, remedy| Check::new("sandbox", CheckStatus::Failed, found, remedy);
    let tier = match Tier::choose(SandboxMode::Auto) {
        Ok(tier) => tier,
        Err(error) => {
            return failed(error.to_string(), Some(Family::of_host().install(&["bubblewrap"])));
        }
    };
    let confined = Confined {
        program: "/bin/bash".into(),
        args: ["--norc", "-c", "echo ${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}"]
            .map(Into::into)
            .into(),
        env: vec![("PATH".to_owned(), host::PATH.into())],
        folder: "/".into(),
        mounts: Vec::new(),
        network: false,
        devices: false,
        channel: false,
    };
    let limits = Limits { wall: Duration::from_secs(10), channel: 0 };
    let mut version = String::new();
    let mut on_line = |_, line| version = line;
    let ran = sandbox::run(&tier, &confined, limits, &CancellationToken::new(), &mut on_line).await;
    match ran {
        Ok(ending) if ending.code == 0 => {
            let major = version.split('.').next().and_then(|m| m.parse::<u32>().ok());
            let found = format!("{} with bash {version}", tier.as_str());
            if major.is_some_and(|m| m >= 5) {
                Check::new("sandbox", CheckStatus::Ok, found, None)
            } else {
                failed(found, Some("bash 5 or later is needed".to_owned()))
            }
        }
        Ok(ending) => failed(format!("bash failed with status {}", ending.code), None),
        Err(SandboxError::SetUp { said }) => {
            let remedy = "let ordinary users make user namespaces: on Ubuntu, enable the \
                          bwrap-userns-restrict AppArmor profile; elsewhere, \
                          `sudo sysctl -w user.max_user_namespaces=15000`";
            failed(said, Some(remedy.to_owned()))
        }
        Err(error) => failed(error.to_string(), None),
    }
}
