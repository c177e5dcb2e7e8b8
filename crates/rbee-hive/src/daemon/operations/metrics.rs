use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::{Duration, Instant},
};

use axum::http::{Method, StatusCode};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};
use rbee_hive_worker_catalog::{DiskUse, Event, JobId, Outcome, Reporter, Step};

/// Seconds, from an answer out of memory to one that had to look at a disk.
const REQUEST_SECONDS: [f64; 9] = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 10.0];

/// Seconds, from what was in the cache to an engine built for a GPU.
const STEP_SECONDS: [f64; 10] = [0.01, 0.1, 1.0, 5.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 7200.0];

/// What the daemon counts and measures. Clones count together.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<RouteLabels, Histogram>,
    jobs: Family<JobLabels, Counter>,
    step_seconds: Family<StepLabels, Histogram>,
    fetched: Counter,
    queued: Bytes,
    running: Bytes,
    streams: Gauge,
    disk: [Bytes; 4],
}

/// A number that is never negative.
type Bytes = Gauge<u64, AtomicU64>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    operation: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabels {
    step: &'static str,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut inner = Inner {
            registry: Registry::with_prefix("rbee_hive"),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(|| Histogram::new(REQUEST_SECONDS)),
            jobs: Family::default(),
            step_seconds: Family::new_with_constructor(|| Histogram::new(STEP_SECONDS)),
            fetched: Counter::default(),
            queued: Gauge::default(),
            running: Gauge::default(),
            streams: Gauge::default(),
            disk: [const { AtomicU64::new(0) }; 4].map(|_| Gauge::default()),
        };
        inner.register();
        Self(Arc::new(inner))
    }
}

impl Inner {
    fn register(&mut self) {
        let registry = &mut self.registry;
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program that runs", build);
        registry.register("jobs", "Jobs that have ended", self.jobs.clone());
        registry.register("jobs_queued", "Jobs that wait for their turn", self.queued.clone());
        registry.register("jobs_running", "Jobs that run", self.running.clone());
        registry.register_with_unit(
            "step_duration",
            "How long the steps of jobs took that succeeded",
            Unit::Seconds,
            self.step_seconds.clone(),
        );
        registry.register_with_unit(
            "fetched",
            "What was downloaded for jobs",
            Unit::Bytes,
            self.fetched.clone(),
        );
        registry.register("streams_open", "Who watches a job", self.streams.clone());
        registry.register("http_requests", "Requests that were answered", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "How long it took until an answer began",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
        let of = ["store", "cache", "logs", "disk_free"];
        let help = [
            "What is installed",
            "What can be fetched or built again",
            "The logs of jobs",
            "What is left on the store's disk",
        ];
        for ((name, help), gauge) in of.into_iter().zip(help).zip(&self.disk) {
            registry.register_with_unit(name, help, Unit::Bytes, gauge.clone());
        }
    }
}

impl Metrics {
    /// Counts a request that was answered. The route is the pattern, not the path, so that there are
    /// only so many.
    pub(super) fn answered(
        &self,
        method: &Method,
        route: &str,
        status: StatusCode,
        took: Duration,
    ) {
        let (method, route) = (name_of(method), route.to_owned());
        let labels = RequestLabels { method, route: route.clone(), status: status.as_u16() };
        self.0.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { method, route };
        self.0.request_seconds.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts a job that has ended, and says so in the log.
    pub(crate) fn job_ended(&self, job: &JobId, operation: &str, outcome: &Outcome) {
        let outcome = match outcome {
            Outcome::Succeeded { .. } => "succeeded",
            Outcome::Failed { .. } => "failed",
            Outcome::Cancelled => "cancelled",
        };
        tracing::info!(%job, operation, outcome, "a job has ended");
        let labels = JobLabels { operation: operation.to_owned(), outcome };
        self.0.jobs.get_or_create(&labels).inc();
    }

    /// Counts somebody who watches a job for as long as what is returned lives.
    pub(crate) fn stream_opened(&self) -> OpenStream {
        self.0.streams.inc();
        OpenStream(self.0.streams.clone())
    }

    /// Passes on what a job reports, and measures its steps and downloads.
    pub(crate) fn measuring(&self, reporter: Arc<dyn Reporter>) -> Arc<dyn Reporter> {
        Arc::new(Measuring { metrics: self.clone(), reporter, seen: Mutex::default() })
    }

    /// Sets how many jobs wait and run.
    pub(super) fn set_load(&self, (queued, running): (usize, usize)) {
        self.0.queued.set(queued as u64);
        self.0.running.set(running as u64);
    }

    /// Sets what the hive's files take of the disk.
    pub(super) fn set_disk(&self, disk: &DiskUse) {
        let values = [disk.store, disk.cache, disk.logs, disk.free];
        for (gauge, value) in self.0.disk.iter().zip(values) {
            gauge.set(value);
        }
    }

    /// All of it, in the text form of `OpenMetrics`.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}

/// The method, if it is one that the daemon knows: whoever asks could think of many.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// Somebody who watches a job.
#[derive(Debug)]
pub(crate) struct OpenStream(Gauge);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A reporter that measures what goes through it.
#[derive(Debug)]
struct Measuring {
    metrics: Metrics,
    reporter: Arc<dyn Reporter>,
    seen: Mutex<HashMap<JobId, Seen>>,
}

/// What was seen of a job that runs.
#[derive(Debug, Default)]
struct Seen {
    began: HashMap<Step, Instant>,
    fetched: u64,
}

impl Reporter for Measuring {
    fn report(&self, job: &JobId, event: Event) {
        self.measure(job, &event);
        self.reporter.report(job, event);
    }
}

impl Measuring {
    fn measure(&self, job: &JobId, event: &Event) {
        // Most of what is reported is output, which is not to wait for others.
        if matches!(event, Event::Output { .. }) {
            return;
        }
        let mut jobs = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::StepStarted { step } => {
                let seen = jobs.entry(job.clone()).or_default();
                seen.began.insert(*step, Instant::now());
                seen.fetched = 0;
            }
            Event::Progress { step: Step::Fetch, done, .. } => {
                let seen = jobs.entry(job.clone()).or_default();
                self.metrics.0.fetched.inc_by(done.saturating_sub(seen.fetched));
                seen.fetched = seen.fetched.max(*done);
            }
            Event::StepFinished { step } => {
                let began = jobs.get_mut(job).and_then(|seen| seen.began.remove(step));
                if let Some(began) = began {
                    let labels = StepLabels { step: step.as_str() };
                    let seconds = began.elapsed().as_secs_f64();
                    self.metrics.0.step_seconds.get_or_create(&labels).observe(seconds);
                }
            }
            Event::Ended(_) => {
                jobs.remove(job);
            }
            _ => {}
        }
    }
}
