use rbee_hive_worker_catalog::{CancellationToken, Event, JobState, Outcome};

use super::context::{TestContext, ended, events, install, says, until};
use crate::jobs::{JobError, Recorder, Records};

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_waits_on_and_what_was_interrupted_runs_again_but_nothing_cancelled_does() {
    let context = TestContext::new();
    context.recipe("a", "echo begun; sleep 600");
    context.recipe("b", ":");
    let jobs = context.jobs();
    let [a, b, c, d] = ["a", "b", "b", "b"].map(|id| jobs.submit(&install(id)).unwrap().job_id);
    says(&jobs, &a, "begun").await;
    jobs.cancel(&c).unwrap();
    let before = events(&jobs, &a).len();
    jobs.drain().await;
    assert!(matches!(jobs.submit(&install("b")), Err(JobError::ShuttingDown)));
    let stopped = jobs.get(&a).unwrap().unwrap();
    assert_eq!(stopped.state, JobState::Queued);
    drop(jobs);
    // What somebody asked for while nobody was there to do it.
    Records::open(&context.folders()).unwrap().cancel(&d).unwrap();

    context.recipe("a", ":");
    let jobs = context.jobs();
    assert!(matches!(ended(&jobs, &a).await, Outcome::Succeeded { .. }));
    assert!(matches!(ended(&jobs, &b).await, Outcome::Succeeded { .. }));
    assert_eq!(ended(&jobs, &c).await, Outcome::Cancelled);
    assert_eq!(ended(&jobs, &d).await, Outcome::Cancelled);
    let all = events(&jobs, &a);
    let restarts = all.iter().filter(|e| matches!(e.event, Event::Restarted { .. })).count();
    assert!(restarts == 1 && all.len() > before);
    let [a, b, d] = [&a, &b, &d].map(|id| jobs.get(id).unwrap().unwrap());
    assert_eq!((a.attempt, b.attempt, d.started_at), (2, 1, None));
    assert!(a.ended_at <= b.started_at, "its place in the queue is where it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_log_has_its_end_has_ended() {
    let context = TestContext::new();
    context.recipe("a", ":");
    let jobs = context.jobs();
    let id = jobs.submit(&install("a")).unwrap().job_id;
    ended(&jobs, &id).await;
    let log = fs_err::read(context.folders().jobs().join(id.as_str()).join("events")).unwrap();
    drop(jobs);
    // As if the process had been killed between the log and the table.
    let other = context.path("other");
    let folders = rbee_hive_worker_catalog::Folders::new(&other, &other);
    let records = Records::open(&folders).unwrap();
    let token = CancellationToken::new();
    let recorder = Recorder::begin(&records, id.clone(), &install("a"), token).unwrap();
    drop(recorder);
    fs_err::write(folders.jobs().join(id.as_str()).join("events"), &log).unwrap();
    records.settle_abandoned().unwrap();
    let view = records.get(&id).unwrap().unwrap();
    assert!(matches!(view.state, JobState::Ended(Outcome::Succeeded { .. })), "{view:?}");
    assert_eq!(fs_err::read(folders.jobs().join(id.as_str()).join("events")).unwrap(), log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_the_command_line_ends_with_its_process() {
    let context = TestContext::new();
    let records = Records::open(&context.folders()).unwrap();
    let (id, token) = ("install-1".parse().unwrap(), CancellationToken::new());
    let recorder = Recorder::begin(&records, id, &install("a"), token.clone()).unwrap();
    let id = "install-1".parse().unwrap();
    let jobs = context.jobs();
    assert_eq!(jobs.get(&id).unwrap().unwrap().state.as_str(), "running", "it is left alone");
    let mut watched = jobs.subscribe(&id).unwrap();
    drop(recorder);
    drop(jobs);
    let jobs = context.jobs();
    let outcome = ended(&jobs, &id).await;
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    while watched.changed().await.is_ok() {}
    assert_eq!(events(&jobs, &id).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_ends_its_hive_again_and_again_is_given_up_but_not_one_that_is_only_stopped() {
    let context = TestContext::new();
    context.recipe("a", "echo begun; sleep 600");
    let jobs = context.jobs();
    let id = jobs.submit(&install("a")).unwrap().job_id;
    let mut jobs = Some(jobs);
    let mut attempts = Vec::new();
    for (number, stops) in [true, true, true, true, true, true, false, false, false, false, false]
        .into_iter()
        .enumerate()
    {
        let running = jobs.take().unwrap_or_else(|| context.jobs());
        until(&running, &id, "running", |view| {
            view.attempt as usize == number + 1 && view.state.as_str() == "running"
        })
        .await;
        attempts.push(running.get(&id).unwrap().unwrap().attempt);
        if stops {
            running.drain().await;
        }
        // Without that, it is as if the process was killed: nothing more is written.
        drop(running);
    }
    let jobs = context.jobs();
    let Outcome::Failed { message, .. } = ended(&jobs, &id).await else { panic!() };
    assert_eq!(message, "the hive ended 5 times while the job ran");
    assert_eq!(attempts, (1..=11).collect::<Vec<_>>());
    events(&jobs, &id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_lost_has_an_end_all_the_same() {
    let context = TestContext::new();
    context.recipe("a", ":");
    let jobs = context.jobs();
    let id = jobs.submit(&install("a")).unwrap().job_id;
    let outcome = ended(&jobs, &id).await;
    while jobs.load() != (0, 0) {
        tokio::task::yield_now().await;
    }
    fs_err::remove_dir_all(context.folders().jobs().join(id.as_str())).unwrap();
    assert!(jobs.subscribe(&id).unwrap().changed().await.is_err());
    let all = events(&jobs, &id);
    assert_eq!(all.iter().map(|e| &e.event).collect::<Vec<_>>(), [&Event::Ended(outcome)]);
}
