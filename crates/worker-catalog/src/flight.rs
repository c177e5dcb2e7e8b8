use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

use rbee_hive_artifact_catalog::{JobId, WorkerBinary};
use tokio::sync::watch;

use crate::Error;

/// How a flight ended, for those who waited for it.
pub(crate) type Landing = Result<WorkerBinary, Arc<Error>>;

/// The provisions under way in this process. Of several callers who want the same, one flies and
/// the others wait for its landing.
#[derive(Debug, Default)]
pub(crate) struct Flights(Arc<Mutex<HashMap<String, Flight>>>);

#[derive(Debug, Clone)]
struct Flight {
    job: JobId,
    landing: watch::Receiver<Option<Landing>>,
}

/// What a caller is to do.
pub(crate) enum Turn {
    /// Do the work and say how it ended.
    Fly(Pilot),
    /// Wait for this job's landing. If it ends without one, ask again.
    Wait { job: JobId, landing: watch::Receiver<Option<Landing>> },
}

/// The one who does the work. Dropped without a landing, the next caller flies.
pub(crate) struct Pilot {
    id: String,
    flights: Arc<Mutex<HashMap<String, Flight>>>,
    landing: watch::Sender<Option<Landing>>,
}

impl Flights {
    pub(crate) fn board(&self, id: &str, job: &JobId) -> Turn {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match flights.entry(id.to_owned()) {
            Entry::Occupied(flight) => {
                let flight = flight.get().clone();
                Turn::Wait { job: flight.job, landing: flight.landing }
            }
            Entry::Vacant(place) => {
                let (sender, landing) = watch::channel(None);
                place.insert(Flight { job: job.clone(), landing });
                let flights = Arc::clone(&self.0);
                Turn::Fly(Pilot { id: id.to_owned(), flights, landing: sender })
            }
        }
    }
}

impl Pilot {
    pub(crate) fn land(self, landing: Landing) {
        self.landing.send_replace(Some(landing));
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
