//! The service with real recipes in real sandboxes.

mod cancel;
mod context;
mod faults;
mod fetches;
mod order;
mod restart;
mod retention;
