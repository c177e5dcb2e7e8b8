use std::{sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::sleep};

use super::{runner::run, shared::Shared};

/// How often it is looked whether other processes have cancelled what waits.
const LOOK: Duration = Duration::from_millis(200);

/// Gives every job its turn.
pub(super) async fn dispatch(shared: Arc<Shared>) {
    shared.prune().await;
    let mut jobs = JoinSet::new();
    loop {
        while let Some((id, live)) = shared.next() {
            jobs.spawn(run(Arc::clone(&shared), id, live));
        }
        tokio::select! {
            () = shared.changed.notified() => {}
            Some(_) = jobs.join_next() => {}
            () = sleep(LOOK), if shared.has_waiting() => shared.look(),
        }
    }
}
