use std::ffi::OsString;

use rbee_hive_artifact_catalog::{Architecture, WorkerType};

/// What the platform tells every part of a recipe, its top level too.
pub(crate) fn platform_environment(
    architecture: Architecture,
    backend: WorkerType,
) -> Vec<(String, OsString)> {
    [
        ("PATH", crate::host::PATH.to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("TERM", "dumb".to_owned()),
        ("CARCH", architecture.to_string()),
        ("CHOST", architecture.chost().to_owned()),
        ("RBEE_BACKEND", backend.to_string()),
        ("RBEE_CPU_FEATURES", crate::host::cpu_features().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value.into()))
    .into()
}
