//! A job is watched to its end, whatever happens to the connection and to the daemon.

use crate::{
    context::{Place, lines, read_until, stderr, stdout},
    proxy::Wire,
};

/// The numbers that the build wrote, as the events on stdout have them.
fn counted(text: &str) -> Vec<u32> {
    let events = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let lines = events.filter(|event| event["type"] == "output");
    lines.filter_map(|event| event["line"].as_str()?.strip_prefix("count ")?.parse().ok()).collect()
}

fn last(text: &str) -> serde_json::Value {
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn a_connection_that_breaks_again_and_again_loses_no_event_and_repeats_none() {
    let place = Place::new();
    place.recipe("1", "for i in $(seq 2000); do echo count $i; done; sleep 0.5; echo count 2001");
    let daemon = place.serve();
    let wire = Wire::to(daemon.address());
    wire.breaks_after(20_000);
    let output =
        place.there(&wire.url(), &["--json", "worker", "install", "tiny"]).output().unwrap();
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(wire.connections() > 5, "the test would prove nothing");
    let events = stdout(&output);
    assert_eq!(counted(&events), (1..=2001).collect::<Vec<_>>());
    assert_eq!(events.matches("\"type\":\"ended\"").count(), 1);
    assert_eq!(last(&events)["outcome"], "succeeded");
    let steps: Vec<_> = events.lines().filter(|l| l.contains("step_started")).collect();
    let mut once = steps.clone();
    once.dedup();
    assert_eq!(steps, once);
}

#[test]
fn a_daemon_that_is_killed_and_started_again_ends_the_job_and_the_install_that_watches_it() {
    let place = Place::new();
    // The second time it is quick.
    place.recipe("1", "echo count 1; [ -e /nowhere ] || sleep 3; echo count 2");
    let mut daemon = place.serve();
    let wire = Wire::to(daemon.address());
    let mut child =
        place.there(&wire.url(), &["--json", "worker", "install", "tiny"]).spawn().unwrap();
    let mut said = lines(&mut child);
    let mut seen = read_until(&mut said, "count 1");
    daemon.kill();
    wire.cut();
    let daemon = place.serve();
    wire.lead_to(daemon.address());
    seen.extend(said);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let events = seen.join("\n");
    assert_eq!(events.matches("\"type\":\"restarted\"").count(), 1, "{events}");
    assert_eq!(counted(&events), [1, 1, 2], "{events}");
    assert_eq!(last(&events)["outcome"], "succeeded");
    let told = stderr(&output);
    assert!(told.matches("lost the connection to http://127.0.0.1:").count() <= 1, "{told}");
}
