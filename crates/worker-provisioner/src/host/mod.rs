//! What the host is and has: its distribution, its programs and its libraries.

mod cpu;
mod dependency;
mod family;
mod known;
mod modules;
mod packages;
mod program;
mod toolchain;
mod users;

pub(crate) use cpu::cpu_features;
pub(crate) use dependency::{Missing, has, missing};
pub(crate) use family::Family;
pub(crate) use known::package_of;
pub(crate) use program::{PATH, find_program};
pub(crate) use toolchain::toolchain;
pub(crate) use users::{OwnerNames, system_users};
