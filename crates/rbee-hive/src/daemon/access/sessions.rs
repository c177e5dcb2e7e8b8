use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, header};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use tokio_rustls::rustls::crypto::{GetRandomFailed, ring};

/// The cookie of a session.
pub(super) const COOKIE: &str = "hive_session";

/// How long a session lasts.
pub(super) const LIFETIME: Duration = Duration::from_hours(7 * 24);

/// How many sessions there are at most; then the oldest ends.
const MOST: usize = 1000;

/// The browsers that have shown the token, by a random name that is no use after the daemon's end.
#[derive(Default)]
pub(crate) struct Sessions {
    /// When each began.
    open: Mutex<HashMap<String, Instant>>,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("open", &self.lock().len()).finish()
    }
}

impl Sessions {
    /// A new session's name, which nobody can guess.
    ///
    /// # Errors
    /// If the operating system has no randomness.
    pub(super) fn begin(&self) -> Result<String, GetRandomFailed> {
        let mut name = [0; 32];
        ring::default_provider().secure_random.fill(&mut name)?;
        let name = BASE64_URL_SAFE_NO_PAD.encode(name);
        let mut open = self.lock();
        open.retain(|_, began| began.elapsed() < LIFETIME);
        if open.len() >= MOST
            && let Some(oldest) = open.iter().min_by_key(|(_, began)| **began)
        {
            let oldest = oldest.0.clone();
            open.remove(&oldest);
        }
        open.insert(name.clone(), Instant::now());
        Ok(name)
    }

    /// Whether a session of this name has begun, and not ended.
    pub(super) fn is_open(&self, name: &str) -> bool {
        self.lock().get(name).is_some_and(|began| began.elapsed() < LIFETIME)
    }

    /// Ends a session.
    pub(super) fn end(&self, name: &str) {
        self.lock().remove(name);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The session that a request names.
pub(super) fn named(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|c| c.to_str().ok());
    let mut pairs =
        cookies.flat_map(|c| c.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_open_until_it_is_ended() {
        let sessions = Sessions::default();
        let (one, two) = (sessions.begin().unwrap(), sessions.begin().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 43);
        sessions.end(&one);
        assert!(!sessions.is_open(&one) && sessions.is_open(&two) && !sessions.is_open(""));
        assert_eq!(format!("{sessions:?}"), "Sessions { open: 1 }");
    }

    #[test]
    fn there_are_only_so_many() {
        let sessions = Sessions::default();
        let first = sessions.begin().unwrap();
        for _ in 0..MOST {
            sessions.begin().unwrap();
        }
        assert!(!sessions.is_open(&first));
        assert_eq!(sessions.lock().len(), MOST);
    }
}
