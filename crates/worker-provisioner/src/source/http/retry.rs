use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// When a download is tried again.
#[derive(Debug, Clone)]
pub(crate) struct Retry {
    /// Attempts in a row that may end without one new byte.
    pub(crate) stuck: u32,
    /// Attempts in all.
    pub(crate) total: u32,
    /// The pause after the first; it doubles with each further one.
    pub(crate) pause: Duration,
    /// The longest pause, whatever a server asks for.
    pub(crate) longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            stuck: 5,
            total: 50,
            pause: Duration::from_millis(500),
            longest: Duration::from_mins(1),
        }
    }
}

/// The attempts of one download.
#[derive(Debug)]
pub(super) struct Attempts<'a> {
    retry: &'a Retry,
    made: u32,
    stuck: u32,
    /// The most bytes that were ever there. A server that always starts over makes no progress.
    reached: u64,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(retry: &'a Retry, reached: u64) -> Self {
        Self { retry, made: 0, stuck: 0, reached }
    }

    /// How many were made.
    pub(super) fn made(&self) -> u32 {
        self.made
    }

    /// Counts one that ended with `have` bytes. The pause before the next, or `None` if there is to
    /// be no other.
    pub(super) fn failed(&mut self, have: u64, asked: Option<Duration>) -> Option<Duration> {
        self.made += 1;
        self.stuck = if have > self.reached { 1 } else { self.stuck + 1 };
        self.reached = self.reached.max(have);
        if self.stuck >= self.retry.stuck || self.made >= self.retry.total {
            return None;
        }
        let pause = asked.unwrap_or_else(|| {
            let doubled = self.retry.pause.saturating_mul(1 << (self.stuck - 1).min(16));
            // Somewhere in the upper half, so that many hives do not come back at once.
            doubled.mul_f64(0.5 + 0.5 * random())
        });
        Some(pause.min(self.retry.longest))
    }

    /// Counts the one that succeeded, or that nothing is to follow.
    pub(super) fn ended(&mut self) {
        self.made += 1;
    }
}

/// From 0 to 1. A hasher's random keys are randomness enough to spread requests.
fn random() -> f64 {
    let [a, b, ..] = RandomState::new().hash_one(0u8).to_ne_bytes();
    f64::from(u16::from_ne_bytes([a, b])) / f64::from(u16::MAX)
}

/// Reads a `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
pub(super) fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(jiff::Timestamp::now())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_resets_the_count() {
        let retry = Retry { stuck: 3, total: 6, ..Retry::default() };
        let mut attempts = Attempts::new(&retry, 10);
        assert!(attempts.failed(10, None).is_some());
        assert!(attempts.failed(10, None).is_some());
        assert!(attempts.failed(11, None).is_some());
        assert!(attempts.failed(5, None).is_some());
        assert!(attempts.failed(11, None).is_none());
    }

    #[test]
    fn the_total_is_bounded() {
        let retry = Retry { stuck: 3, total: 6, ..Retry::default() };
        let mut attempts = Attempts::new(&retry, 0);
        let made = (1..100).take_while(|have| attempts.failed(*have, None).is_some()).count();
        assert_eq!((made, attempts.made()), (5, 6));
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retry = Retry { stuck: 100, total: 100, ..Retry::default() };
        let mut attempts = Attempts::new(&retry, 0);
        let pauses: Vec<_> = (0..12).filter_map(|_| attempts.failed(0, None)).collect();
        assert!(pauses[0] >= retry.pause / 2 && pauses[0] <= retry.pause);
        assert!(pauses[3] >= retry.pause * 4 && pauses[3] <= retry.pause * 8);
        assert_eq!(pauses[11], retry.longest);
        assert_eq!(attempts.failed(0, Some(Duration::from_hours(1))), Some(retry.longest));
    }

    #[test]
    fn what_a_server_asks_for() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }
}
