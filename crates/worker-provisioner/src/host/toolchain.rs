use std::{collections::BTreeMap, os::unix::fs::MetadataExt};

use super::find_program;

/// The programs whose change makes a build another build.
const TOOLS: &[&str] = &[
    "ar", "as", "cargo", "cc", "c++", "clang", "clang++", "cmake", "gcc", "g++", "glslc", "go",
    "hipcc", "ld", "make", "meson", "ninja", "nvcc", "python3", "rustc",
];

/// The tools that a build on this host can use, each with what changes when it is replaced: where
/// it really lies, its size and the time it was installed. Asking each for its version would take
/// longer than all the rest of a cached install.
pub(crate) fn toolchain() -> BTreeMap<String, String> {
    let tools = TOOLS.iter().filter_map(|name| {
        let path = fs_err::canonicalize(find_program(name)?).ok()?;
        let metadata = path.metadata().ok()?;
        let state = format!("{} {} {}", path.display(), metadata.len(), metadata.mtime());
        Some(((*name).to_owned(), state))
    });
    tools.collect()
}
