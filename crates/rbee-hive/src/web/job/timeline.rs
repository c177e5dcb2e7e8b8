use std::time::Duration;

use maud::{Markup, html};
use rbee_hive_worker_catalog::Step;

use super::story::{Progress, StepEnd, StepStory, Story};
use crate::{
    terminal::duration,
    web::words::{line, size},
};

/// Every step, in the order of a provision.
const STEPS: [Step; 14] = [
    Step::Resolve,
    Step::Evaluate,
    Step::Preflight,
    Step::Fetch,
    Step::Verify,
    Step::Extract,
    Step::Prepare,
    Step::Pkgver,
    Step::Build,
    Step::Check,
    Step::Package,
    Step::Smoke,
    Step::Commit,
    Step::Activate,
];

/// The steps: what is done, what is being done, and what is still to come.
pub(super) fn timeline(story: &Story) -> Markup {
    let begun = story.steps.last().map(|last| last.step);
    let coming = STEPS.iter().filter(|step| begun.is_none_or(|begun| **step > begun));
    html! {
            @for step in &story.steps { (begun_step(step)) }
            @if story.outcome.is_none() {
                @for step in coming {
                    li.coming { span.step { (step) } span.visually-hidden { " still to come" } }
                }
            }
    }
}

fn begun_step(story: &StepStory) -> Markup {
    let (class, state) = match story.end {
        StepEnd::Running => ("running", "running"),
        StepEnd::Done(_) => ("done", "done"),
        StepEnd::Failed(_) => ("failed", "failed"),
        StepEnd::Cancelled(_) => ("cancelled", "cancelled"),
    };
    let is_running = story.end == StepEnd::Running;
    html! {
        li class=(class) aria-current=[is_running.then_some("step")] {
            span.step { (story.step) }
            span.visually-hidden { " " (state) " " }
            @match story.took() {
                Some(took) => span.took { (duration(took)) },
                // A script lets it count on.
                None => span.took data-since=(story.began) {},
            }
            @if is_running && let Some(of) = &story.progress { (progress(story.step, of)) }
            @for warning in &story.warnings { p.step-warning { (line(warning)) } }
        }
    }
}

/// How far a step is, how fast, and for how long still.
pub(in crate::web) fn progress(step: Step, progress: &Progress) -> Markup {
    html! {
        @if let Some(total) = progress.total.filter(|total| *total > 0) {
            progress max=(total) value=(progress.done.min(total)) aria-label={ "Progress of " (step) } {}
        } @else {
            progress aria-label={ "Progress of " (step) } {}
        }
        p.progress-text {
            (size(progress.done))
            @if let Some(total) = progress.total { " of " (size(total)) }
            @if let Some(rate) = progress.rate() { " · " (size(rate)) "/s" }
            @if let Some(remaining) = progress.remaining() { " · " (left(remaining)) }
        }
    }
}

fn left(remaining: Duration) -> String {
    match remaining.as_secs() {
        0 | 1 => "almost done".to_owned(),
        _ => format!("{} left", duration(remaining)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rbee_hive_worker_catalog::{Event, LoggedEvent, Outcome};

    use super::*;

    fn shown(events: Vec<(i64, Event)>) -> String {
        let mut story = Story::default();
        for (number, (millis, event)) in (1..).zip(events) {
            let at = Timestamp::from_millisecond(millis).unwrap();
            story.take(&LoggedEvent { number, at, event });
        }
        timeline(&story).into_string()
    }

    #[test]
    fn a_running_job_shows_what_is_to_come_and_how_fast_it_is() {
        let fetch = |done| Event::Progress { step: Step::Fetch, done, total: Some(4 << 20) };
        let html = shown(vec![
            (0, Event::StepStarted { step: Step::Fetch }),
            (0, fetch(0)),
            (2000, fetch(1 << 20)),
        ]);
        assert!(html.contains("1.0 MiB of 4.0 MiB · 512.0 KiB/s · 6.0 s left"), "{html}");
        assert!(html.contains("aria-current=\"step\""));
        assert_eq!(html.matches("still to come").count(), 10);
    }

    #[test]
    fn of_a_job_that_ended_nothing_is_to_come() {
        let html = shown(vec![
            (0, Event::StepStarted { step: Step::Fetch }),
            (65_000, Event::Ended(Outcome::Cancelled)),
        ]);
        assert!(!html.contains("still to come") && html.contains("1m 05s"), "{html}");
    }
}
