//! The service with real recipes in real sandboxes.

mod cancel;
mod context;
mod order;
mod restart;
mod retention;
