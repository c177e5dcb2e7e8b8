/// How much of everything the service has at once, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Jobs that run at the same time.
    pub(crate) builds: usize,
    /// Downloads at the same time, over all jobs.
    pub(crate) fetches: usize,
    /// Jobs that wait at the same time; who comes then has to try later.
    pub(crate) queued: usize,
    /// Days for which the logs of jobs are kept.
    pub(crate) keep_logs_days: u32,
    /// Bytes that the logs of jobs may have together.
    pub(crate) keep_logs_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            builds: 1,
            fetches: 4,
            queued: 1000,
            keep_logs_days: 30,
            keep_logs_bytes: 1024 * 1024 * 1024,
        }
    }
}
