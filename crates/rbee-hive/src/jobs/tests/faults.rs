use std::sync::Arc;

use async_trait::async_trait;
use rbee_hive_worker_catalog::{
    ArtifactProvisioner, CancellationToken, Offer, Outcome, Plan, ProvisionError, ProvisionOptions,
    WorkerBinary, WorkerCatalog,
};

use super::context::{TestContext, ended, events, install};
use crate::{
    daemon::Catalogs,
    jobs::{JobError, Jobs, Limits},
};

/// Has a bug.
struct Panicking;

#[async_trait]
impl ArtifactProvisioner<WorkerBinary> for Panicking {
    async fn provision(
        &self,
        id: &str,
        _job_id: &str,
        _cancel_token: CancellationToken,
    ) -> Result<WorkerBinary, ProvisionError> {
        panic!("nobody thought of {id}")
    }

    fn supports(&self, _id: &str) -> bool {
        true
    }

    async fn available(&self) -> Result<Vec<Offer>, ProvisionError> {
        Ok(Vec::new())
    }

    async fn plan(&self, id: &str) -> Result<Plan, ProvisionError> {
        panic!("nobody thought of {id}")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_its_job_and_no_other() {
    let context = TestContext::new();
    let folders = context.folders();
    let catalogs = Catalogs::new(ProvisionOptions::default(), move |_, reporter| {
        let builder = WorkerCatalog::builder().folders(folders.clone()).reporter(reporter);
        Ok(builder.provisioner(Arc::new(Panicking)))
    });
    let jobs = Jobs::start(&context.folders(), catalogs.unwrap(), Limits::default()).unwrap();
    for id in ["a", "b"] {
        let job = jobs.submit(&install(id)).unwrap().job_id;
        let Outcome::Failed { message, causes, .. } = ended(&jobs, &job).await else { panic!() };
        assert!(message.contains("bug"), "{message}");
        assert_eq!(causes, [format!("nobody thought of {id}")]);
        events(&jobs, &job);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_log_cannot_be_written_fails_and_the_next_has_its_turn() {
    let context = TestContext::new();
    context.recipe("a", "echo begun; sleep 600");
    context.recipe("b", ":");
    let jobs = context.jobs();
    let [a, b, c] = ["a", "b", "b"].map(|id| jobs.submit(&install(id)).unwrap().job_id);
    super::context::says(&jobs, &a, "begun").await;
    // Where its log is, there is something else.
    let folder = context.folders().jobs().join(b.as_str());
    fs_err::remove_dir_all(&folder).unwrap();
    fs_err::write(&folder, "").unwrap();
    jobs.cancel(&a).unwrap();
    assert!(matches!(ended(&jobs, &c).await, Outcome::Succeeded { .. }));
    fs_err::remove_file(&folder).unwrap();
    let outcome = ended(&jobs, &b).await;
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_files_cannot_be_used_does_not_keep_the_hive_from_its_start() {
    let context = TestContext::new();
    context.recipe("a", "echo begun; sleep 600");
    context.recipe("b", ":");
    let jobs = context.jobs();
    let [a, b] = ["a", "b"].map(|id| jobs.submit(&install(id)).unwrap().job_id);
    super::context::says(&jobs, &a, "begun").await;
    jobs.drain().await;
    drop(jobs);
    let folder = context.folders().jobs().join(a.as_str());
    fs_err::remove_dir_all(&folder).unwrap();
    fs_err::write(&folder, "").unwrap();
    let jobs = context.jobs();
    assert!(matches!(ended(&jobs, &b).await, Outcome::Succeeded { .. }));
    fs_err::remove_file(&folder).unwrap();
    assert!(!jobs.get(&a).unwrap().unwrap().state.is_ended(), "the next start looks after it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_has_one_queue() {
    let context = TestContext::new();
    let jobs = context.jobs();
    let catalogs = context.catalogs();
    let second = Jobs::start(&context.folders(), catalogs.clone(), Limits::default());
    let error = second.unwrap_err();
    assert!(matches!(error, JobError::Busy { .. }), "{error}");
    assert!(error.to_string().contains("another `rbee-hive serve`"), "{error}");
    drop(jobs);
    assert!(Jobs::start(&context.folders(), catalogs, Limits::default()).is_ok());
}
