use std::ffi::OsString;

use rbee_hive_artifact_catalog::{Architecture, WorkerType};

/// The compiler flags that the functions of a recipe see, as a distribution's makepkg.conf sets
/// them: for any processor of the architecture, optimised, hardened.
pub(crate) fn build_environment(architecture: Architecture) -> Vec<(String, OsString)> {
    let march = match architecture {
        Architecture::X86_64 => "-march=x86-64 -mtune=generic -fcf-protection",
        Architecture::Aarch64 => "-march=armv8-a",
    };
    let flags = format!("{march} -O2 -pipe -fstack-clash-protection");
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    [
        ("CPPFLAGS", String::new()),
        ("CFLAGS", flags.clone()),
        ("CXXFLAGS", flags),
        ("LDFLAGS", "-Wl,-O1 -Wl,--sort-common -Wl,--as-needed -Wl,-z,relro -Wl,-z,now".into()),
        ("MAKEFLAGS", format!("-j{jobs}")),
    ]
    .map(|(name, value)| (name.to_owned(), value.into()))
    .into()
}

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
