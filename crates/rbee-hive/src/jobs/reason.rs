use rbee_hive_worker_catalog::JobRecord;

/// Why a job waits, while these run.
pub(super) fn waits_for(running: &[&JobRecord]) -> Option<String> {
    let (first, others) = running.split_first()?;
    let mut names = name(first);
    for other in others {
        names.push_str(" and ");
        names.push_str(&name(other));
    }
    let is = if others.is_empty() { "runs" } else { "run" };
    Some(format!("{names} {is}; it is this one's turn after those before it"))
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
