use maud::{Markup, html};
use rbee_hive_worker_catalog::WorkerType;

use crate::{
    state::{State, StateName},
    terminal,
};

/// A moment, for people and for programs.
pub(super) fn moment(at: jiff::Timestamp) -> Markup {
    html! { time datetime=(at) title=(at) { (terminal::moment(&at)) " UTC" } }
}

/// Bytes.
pub(super) fn size(bytes: u64) -> String {
    terminal::size(bytes)
}

/// A number with the word for one or for many.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A stranger's text on one line, with nothing that reorders what is beside it.
pub(super) fn line(text: &str) -> String {
    terminal::plain_line(text)
}

/// A digest, short, with the whole of it at hand.
pub(super) fn digest(digest: &str) -> Markup {
    let short: String = match digest.split_once(':') {
        Some((algorithm, hex)) => {
            format!("{algorithm}:{}", hex.chars().take(12).collect::<String>())
        }
        None => digest.chars().take(12).collect(),
    };
    html! { code.digest title=(digest) { (short) } }
}

/// A label for a state: its colour says no more than its words.
pub(super) fn badge(kind: &str, text: &str) -> Markup {
    html! { span class={ "badge " (kind) } { (text) } }
}

/// What a recipe is on this machine.
pub(super) fn state_badge(state: &State) -> Markup {
    match state {
        State::Available => badge("", "Not installed"),
        State::Installed { version, .. } => badge("ok", &format!("Installed {version}")),
        State::Upgrade { from, .. } => badge("warn", &format!("Installed {from}, upgrade ready")),
        State::Damaged { version, .. } => badge("bad", &format!("Damaged {version}")),
        State::Library { installed: Some(version) } => {
            badge("ok", &format!("Library, installed {version}"))
        }
        State::Library { installed: None } => badge("", "Library"),
        State::Refused { .. } => badge("bad", "Not for this machine"),
    }
}

/// Every state, by the name that addresses have and in words.
pub(super) const STATES: [(&str, StateName, &str); 6] = [
    ("available", StateName::Available, "Not installed"),
    ("installed", StateName::Installed, "Installed"),
    ("upgrade", StateName::Upgrade, "Upgrade ready"),
    ("damaged", StateName::Damaged, "Damaged"),
    ("library", StateName::Library, "Libraries"),
    ("refused", StateName::Refused, "Not for this machine"),
];

/// A backend, as its makers write it.
pub(super) fn backend(backend: WorkerType) -> &'static str {
    match backend {
        WorkerType::Cpu => "CPU",
        WorkerType::Cuda => "CUDA",
        WorkerType::Rocm => "ROCm",
        WorkerType::Vulkan => "Vulkan",
        WorkerType::Metal => "Metal",
    }
}
