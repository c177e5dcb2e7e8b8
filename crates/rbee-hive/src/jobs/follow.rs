use std::time::Duration;

use rbee_hive_worker_catalog::{JobId, JobLogReader};
use tokio::{sync::watch, time::sleep};

use super::Records;

/// How often it is looked whether another process has written more.
const LOOK: Duration = Duration::from_millis(200);

/// Tells of the events that another process writes.
pub(super) async fn follow(
    records: Records,
    id: JobId,
    mut reader: JobLogReader,
    sender: watch::Sender<u64>,
) {
    while !sender.is_closed() {
        // Asked before the log is looked at: the last event is written before the table is.
        let state = records.store.get(&id).ok().flatten().map(|job| job.state);
        if let Ok(Some(last)) = reader.last() {
            sender.send_if_modified(|seen| std::mem::replace(seen, last.number) != last.number);
        }
        if state.is_none_or(|state| state.is_ended()) {
            return;
        }
        sleep(LOOK).await;
    }
}

/// What is told of a job that is over.
pub(super) fn closed() -> watch::Receiver<u64> {
    watch::channel(0).1
}
