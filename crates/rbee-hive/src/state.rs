use rbee_hive_worker_catalog::{
    Artifact as _, ArtifactStatus, Offer, WorkerBinary, compare_versions,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a recipe of the index is on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// It is not installed, and can be.
    Available,
    /// The index's version is installed, and in use.
    Installed {
        /// The version.
        version: String,
        /// What to run it by: a name, or name and backend where the name alone is ambiguous.
        run: String,
    },
    /// An earlier version than the index's is in use.
    Upgrade {
        /// The version in use.
        from: String,
        /// The index's.
        to: String,
    },
    /// It is installed, but not as it was committed.
    Damaged {
        /// The version.
        version: String,
        /// What to install again: the name with its backend.
        slot: String,
    },
    /// It is only installed when something that needs it is.
    Library {
        /// The version that is installed and in use.
        installed: Option<String>,
    },
    /// It is not installed, and cannot be here.
    Refused {
        /// Why.
        reason: String,
    },
}

/// A state by its name, as programs read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StateName {
    Available,
    Installed,
    Upgrade,
    Damaged,
    Library,
    Refused,
}

impl State {
    /// What an offer is, among everything that is installed. Of several backends, the one that
    /// something should be done about counts.
    pub(crate) fn of(offer: &Offer, installed: &[WorkerBinary]) -> Self {
        let in_use = || installed.iter().filter(|w| w.active && w.name.as_str() == offer.name);
        let damaged = in_use().find(|w| w.status == ArtifactStatus::Damaged);
        let outdated = in_use().find(|w| !offer.rolling && is_later(offer, w));
        if offer.is_library() {
            return Self::Library { installed: in_use().next().map(|w| w.version.to_string()) };
        }
        if let Some(worker) = damaged {
            let (version, slot) = (worker.version.to_string(), worker.slot().to_owned());
            Self::Damaged { version, slot }
        } else if let Some(worker) = outdated {
            Self::Upgrade { from: worker.version.to_string(), to: offer.version.clone() }
        } else if let Some(worker) = in_use().next() {
            let run = short_id(worker, installed).to_owned();
            Self::Installed { version: worker.version.to_string(), run }
        } else if let Some(reason) = &offer.refused {
            Self::Refused { reason: reason.clone() }
        } else {
            Self::Available
        }
    }

    pub(crate) fn name(&self) -> StateName {
        match self {
            Self::Available => StateName::Available,
            Self::Installed { .. } => StateName::Installed,
            Self::Upgrade { .. } => StateName::Upgrade,
            Self::Damaged { .. } => StateName::Damaged,
            Self::Library { .. } => StateName::Library,
            Self::Refused { .. } => StateName::Refused,
        }
    }

    /// As a person reads it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Available => "available".to_owned(),
            Self::Installed { version, .. } => format!("installed {version}"),
            Self::Upgrade { from, to } => format!("upgrade {from} -> {to}"),
            Self::Damaged { version, .. } => format!("damaged {version}"),
            Self::Library { installed: Some(version) } => format!("library, installed {version}"),
            Self::Library { installed: None } => "library".to_owned(),
            Self::Refused { reason } => format!("not for this host: {reason}"),
        }
    }

    /// The verb that acts on it, with its arguments.
    pub(crate) fn verb(&self, offer: &Offer) -> String {
        let name = &offer.name;
        match self {
            Self::Available => format!("worker install {name}"),
            Self::Installed { run, .. } => format!("worker run {run}"),
            Self::Upgrade { .. } => format!("worker upgrade {name}"),
            Self::Damaged { slot, .. } => format!("worker install --force {slot}"),
            Self::Library { .. } | Self::Refused { .. } => format!("worker info {name}"),
        }
    }
}

/// Whether the index has a later version than the one in use. An earlier one is no upgrade: it may
/// have been installed from elsewhere.
fn is_later(offer: &Offer, worker: &WorkerBinary) -> bool {
    compare_versions(&offer.version, worker.version.as_str()).is_gt()
}

/// The shortest id that means this worker and no other: its name, with its backend where others of
/// that name are in use too.
pub(crate) fn short_id<'a>(worker: &'a WorkerBinary, installed: &[WorkerBinary]) -> &'a str {
    let others = installed.iter().filter(|w| w.active && w.name == worker.name);
    if others.filter(|w| w.slot() != worker.slot()).count() == 0 {
        worker.name.as_str()
    } else {
        worker.slot()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn offer(refused: Option<&str>) -> Offer {
        serde_json::from_value(json!({
            "name": "whisper-server", "version": "1.9.1-1", "description": "", "url": "",
            "license": [], "backends": ["cpu", "cuda"], "architectures": ["any"],
            "entrypoint": "usr/bin/whisper-server", "args": [], "health": "",
            "supportedFormats": [], "depends": [], "refused": refused,
        }))
        .unwrap()
    }

    fn worker(backend: &str, version: &str, status: &str) -> WorkerBinary {
        serde_json::from_value(json!({
            "id": format!("whisper-server:{backend}@{version}"), "name": "whisper-server",
            "workerType": backend, "platform": "linux", "architecture": "x86_64",
            "path": "/store/x", "entrypoint": "usr/bin/whisper-server", "size": 1,
            "version": version, "status": status, "addedAt": "2026-11-23T09:05:59Z",
            "active": true, "supportedFormats": [],
            "provenance": {
                "actionKey": "", "treeDigest": "", "recipeDigest": "", "index": "", "sources": [],
                "unverified": [], "sandbox": "bwrap", "options": [], "toolchain": {},
                "jobId": "j", "hiveVersion": "0",
            },
        }))
        .unwrap()
    }

    fn told(offer: &Offer, installed: &[WorkerBinary]) -> (String, String) {
        let state = State::of(offer, installed);
        (state.describe(), state.verb(offer))
    }

    #[test]
    fn each_state_has_the_verb_that_acts_on_it() {
        let pair = |state: &str, verb: &str| (state.to_owned(), verb.to_owned());
        let here = offer(None);
        assert_eq!(told(&here, &[]), pair("available", "worker install whisper-server"));
        assert_eq!(
            told(&here, &[worker("cpu", "1.9.1-1", "available")]),
            pair("installed 1.9.1-1", "worker run whisper-server")
        );
        assert_eq!(
            told(&here, &[worker("cpu", "1.8-1", "available")]),
            pair("upgrade 1.8-1 -> 1.9.1-1", "worker upgrade whisper-server")
        );
        assert_eq!(
            told(&here, &[worker("cpu", "1.9.1-1", "damaged")]),
            pair("damaged 1.9.1-1", "worker install --force whisper-server:cpu")
        );
        assert_eq!(
            told(&offer(Some("no CUDA")), &[]),
            pair("not for this host: no CUDA", "worker info whisper-server")
        );
    }

    #[test]
    fn an_ambiguous_name_gets_its_backend_and_an_old_backend_is_not_hidden_by_a_new_one() {
        let new = worker("cpu", "1.9.1-1", "available");
        let both = [new.clone(), worker("cuda", "1.9.1-1", "available")];
        assert_eq!(told(&offer(None), &both).1, "worker run whisper-server:cpu");
        let mixed = [new, worker("cuda", "1.8-1", "available")];
        assert_eq!(told(&offer(None), &mixed).0, "upgrade 1.8-1 -> 1.9.1-1");
    }

    #[test]
    fn versions_that_are_not_in_use_do_not_count() {
        let old = WorkerBinary { active: false, ..worker("cpu", "1.8-1", "available") };
        let installed = [old, worker("cpu", "1.9.1-1", "available")];
        assert_eq!(State::of(&offer(None), &installed).name(), StateName::Installed);
    }
}
