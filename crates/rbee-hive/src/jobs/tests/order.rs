use rbee_hive_worker_catalog::{Event, JobFilter, JobState, Outcome};

use super::context::{TestContext, ended, events, install, recipe_at, says, until};
use crate::jobs::{JobError, Limits, Operation};

#[tokio::test(flavor = "multi_thread")]
async fn one_after_the_other_and_each_knows_its_place_and_why_it_waits() {
    let context = TestContext::new();
    context.recipe("a", "echo begun; sleep 3");
    context.recipe("b", ":");
    context.recipe("c", ":");
    let jobs = context.jobs();
    let a = jobs.submit(&install("a")).unwrap();
    assert_eq!((&a.state, a.position, &a.reason), (&JobState::Queued, Some(1), &None));
    assert_eq!(a.sse_url, format!("/v1/jobs/{}/stream", a.job_id));
    says(&jobs, &a.job_id, "begun").await;
    let b = jobs.submit(&install("b")).unwrap();
    let c = jobs.submit(&install("c")).unwrap();
    for (job, place) in [(&b, 1), (&c, 2)] {
        let view = jobs.get(&job.job_id).unwrap().unwrap();
        assert_eq!((view.state, view.position), (JobState::Queued, Some(place)));
        let reason = view.reason.unwrap();
        assert!(reason.contains(a.job_id.as_str()) && reason.contains("(a)"), "{reason}");
    }
    assert_eq!(jobs.load(), (2, 1));
    let all = JobFilter::default();
    let (views, more) = jobs.list(&all, None, 2).unwrap();
    assert_eq!((&views[0].job_id, views.len(), more), (&c.job_id, 2, true));
    let (views, more) = jobs.list(&all, Some(&b.job_id), 2).unwrap();
    assert_eq!((&views[0].job_id, views.len(), more), (&a.job_id, 1, false));

    let mut started = Vec::new();
    for job in [&a, &b, &c] {
        let outcome = ended(&jobs, &job.job_id).await;
        assert!(matches!(outcome, Outcome::Succeeded { .. }), "{outcome:?}");
        let view = jobs.get(&job.job_id).unwrap().unwrap();
        assert_eq!(view.attempt, 1);
        assert_eq!(view.last_event, events(&jobs, &job.job_id).len() as u64);
        started.push((view.started_at, view.ended_at));
    }
    assert!(started.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{started:?}");
    let waited = events(&jobs, &b.job_id);
    assert!(matches!(&waited[0].event, Event::Waiting { reason } if reason.contains("(a)")));
    assert_eq!(jobs.get(&b.job_id).unwrap().unwrap().worker_id.as_deref(), Some("b:cpu@1-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_hears_of_every_event_and_of_the_end() {
    let context = TestContext::new();
    context.recipe("a", "for i in $(seq 5000); do echo line $i; done");
    let jobs = context.jobs();
    let id = jobs.submit(&install("a")).unwrap().job_id;
    let mut numbers = jobs.subscribe(&id).unwrap();
    let mut last = 0;
    while numbers.changed().await.is_ok() {
        let now = *numbers.borrow_and_update();
        assert!(now > last);
        last = now;
        assert!(events(&jobs, &id).len() as u64 >= now, "what is told of can be read");
    }
    let all = events(&jobs, &id);
    assert!(matches!(all.last().unwrap().event, Event::Ended(Outcome::Succeeded { .. })));
    let lines = all.iter().filter_map(|logged| match &logged.event {
        Event::Output { line, .. } => line.strip_prefix("line "),
        _ => None,
    });
    assert!(lines.eq((1..=5000).map(|i| i.to_string()).collect::<Vec<_>>().iter()));
    // After the end there is nothing to wait for.
    assert!(jobs.subscribe(&id).unwrap().changed().await.is_err());
    assert!(jobs.subscribe(&"nobody".parse().unwrap()).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_that_was_sent_here_is_built_and_a_bad_one_says_why_not() {
    let context = TestContext::new();
    recipe_at(&context.folders().uploads().join("mine/recipe"), "own", ":");
    let jobs = context.jobs();
    let recipe = |upload: &str| Operation::WorkerInstall {
        worker_id: None,
        recipe: Some(upload.to_owned()),
        options: crate::jobs::InstallOptions::default(),
    };
    let id = jobs.submit(&recipe("mine")).unwrap().job_id;
    assert!(matches!(ended(&jobs, &id).await, Outcome::Succeeded { .. }));
    let refused = jobs.submit(&recipe("yours"));
    assert!(matches!(refused, Err(JobError::NoUpload { .. })), "{refused:?}");

    let id = jobs.submit(&install("nobody-has-this")).unwrap().job_id;
    let outcome = ended(&jobs, &id).await;
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses() {
    let context = TestContext::new();
    context.recipe("a", "sleep 600");
    let jobs = context.jobs_with(Limits { queued: 1, ..Limits::default() });
    let first = jobs.submit(&install("a")).unwrap().job_id;
    until(&jobs, &first, "running", |view| view.state.as_str() == "running").await;
    jobs.submit(&install("a")).unwrap();
    assert!(matches!(jobs.submit(&install("a")), Err(JobError::Full { waiting: 1 })));
    jobs.cancel(&first).unwrap();
}
