//! The store, through its public interface: what is committed stays as it was, what is not
//! disappears, and nothing outside is touched. Passes as root and as an ordinary user.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod context;

mod commit;
mod crash;
mod damage;
mod hostile;
mod staging;
mod sweep;
