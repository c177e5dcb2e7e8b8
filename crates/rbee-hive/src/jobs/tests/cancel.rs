use rbee_hive_worker_catalog::{JobState, Outcome};

use super::context::{TestContext, alive, ended, events, install, says};
use crate::jobs::{JobError, Records};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_waits_is_cancelled_at_once_and_the_next_moves_up() {
    let context = TestContext::new();
    context.recipe("a", "echo begun; sleep 600");
    let jobs = context.jobs();
    let [a, b, c] = ["a"; 3].map(|id| jobs.submit(&install(id)).unwrap().job_id);
    says(&jobs, &a, "begun").await;
    let view = jobs.cancel(&b).unwrap();
    assert_eq!(view.state, JobState::Ended(Outcome::Cancelled));
    assert_eq!(view.started_at, None, "it never began");
    assert_eq!(jobs.get(&c).unwrap().unwrap().position, Some(1));
    assert!(matches!(jobs.cancel(&b), Err(JobError::AlreadyEnded { .. })));
    assert!(matches!(jobs.cancel(&"x".parse().unwrap()), Err(JobError::NotFound { .. })));
    assert!(jobs.subscribe(&b).unwrap().changed().await.is_err());
    events(&jobs, &b);
    jobs.cancel(&c).unwrap();
    jobs.cancel(&a).unwrap();
    assert_eq!(ended(&jobs, &a).await, Outcome::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_runs_is_cancelled_with_all_its_processes() {
    let context = TestContext::new();
    let mark = "86301.25";
    context.recipe("a", &format!("(trap '' TERM INT; setsid sleep {mark}) & echo begun; wait"));
    let jobs = context.jobs();
    let id = jobs.submit(&install("a")).unwrap().job_id;
    says(&jobs, &id, "begun").await;
    let view = jobs.cancel(&id).unwrap();
    assert!(matches!(view.state, JobState::Cancelling | JobState::Ended(_)), "{view:?}");
    assert_eq!(ended(&jobs, &id).await, Outcome::Cancelled);
    assert_eq!(alive(mark), 0);
    assert!(events(&jobs, &id).len() > 2);
    assert!(matches!(jobs.cancel(&id), Err(JobError::AlreadyEnded { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_processes_cancel_by_a_mark_in_the_table() {
    let context = TestContext::new();
    context.recipe("a", "echo begun; sleep 600");
    let jobs = context.jobs();
    let [a, b] = ["a"; 2].map(|id| jobs.submit(&install(id)).unwrap().job_id);
    says(&jobs, &a, "begun").await;
    let other = Records::open(&context.folders()).unwrap();
    for id in [&b, &a] {
        other.cancel(id).unwrap();
        assert_eq!(ended(&jobs, id).await, Outcome::Cancelled);
    }
    assert!(matches!(other.cancel(&a), Err(JobError::AlreadyEnded { .. })));
}
