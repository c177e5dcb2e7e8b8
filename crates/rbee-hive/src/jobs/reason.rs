use rbee_hive_worker_catalog::JobRecord;

/// Why a job waits at this place of the queue, from 1, while these run.
pub(super) fn waits_for(running: &[&JobRecord], position: usize) -> Option<String> {
    let mut waits: Vec<String> = running.iter().map(|job| name(job)).collect();
    match position {
        0 | 1 => {}
        2 => waits.push("the one before it".to_owned()),
        _ => waits.push(format!("the {} before it", position - 1)),
    }
    let last = waits.pop()?;
    let listed = if waits.is_empty() { last } else { format!("{} and {last}", waits.join(", ")) };
    Some(format!("it is this job's turn after {listed}"))
}

/// Why a job waits that was interrupted while nobody was there to begin it again.
pub(super) const INTERRUPTED: &str =
    "it was interrupted, and runs again as soon as `rbee-hive serve` does";

fn name(job: &JobRecord) -> String {
    match &job.worker_id {
        Some(worker) => format!("job {} ({worker})", job.id),
        None => format!("job {}", job.id),
    }
}
