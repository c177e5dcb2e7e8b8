use axum::{extract::State, response::Redirect};
use rbee_hive_worker_catalog::JobId;
use serde::Deserialize;

use crate::{
    daemon::{
        ApiError, Daemon,
        api::{Form, Path, apart},
    },
    jobs::{InstallOptions, Operation},
};

/// What is asked for on the page; a box that is not ticked is not sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wanted {
    worker_id: String,
    force: Option<String>,
    offline: Option<String>,
    no_check: Option<String>,
    allow_unverified: Option<String>,
}

/// `POST /jobs`
pub(in crate::web) async fn submit(
    State(daemon): State<Daemon>,
    Form(wanted): Form<Wanted>,
) -> Result<Redirect, ApiError> {
    let options = InstallOptions {
        force: wanted.force.is_some(),
        offline: wanted.offline.is_some(),
        no_check: wanted.no_check.is_some(),
        allow_unverified: wanted.allow_unverified.is_some(),
        ..InstallOptions::default()
    };
    let operation =
        Operation::WorkerInstall { worker_id: Some(wanted.worker_id), recipe: None, options };
    let jobs = daemon.jobs().clone();
    let job = apart(move || jobs.submit(&operation)).await?;
    Ok(Redirect::to(&format!("/jobs/{}", job.job_id)))
}

/// `POST /jobs/{id}/cancel`
pub(in crate::web) async fn cancel(
    State(daemon): State<Daemon>,
    Path(id): Path<JobId>,
) -> Result<Redirect, ApiError> {
    let jobs = daemon.jobs().clone();
    let job = apart(move || jobs.cancel(&id)).await?;
    Ok(Redirect::to(&format!("/jobs/{}", job.job_id)))
}
