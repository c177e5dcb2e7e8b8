use std::time::{Duration, SystemTime};

/// What every kind of archive says of a member.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attributes {
    /// Permission bits; others are dropped.
    pub(crate) mode: u32,
    /// When it was last changed.
    pub(crate) modified: SystemTime,
}

impl Attributes {
    /// Seconds since 1970.
    pub(crate) fn new(mode: u32, seconds: u64) -> Self {
        let modified = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        Self { mode, modified: modified.unwrap_or(SystemTime::UNIX_EPOCH) }
    }

    /// The permissions under umask 022, without setuid, setgid and sticky.
    pub(crate) fn permissions(self) -> u32 {
        self.mode & 0o755
    }
}
