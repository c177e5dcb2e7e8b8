//! The immutable store.
