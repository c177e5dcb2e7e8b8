use std::{ffi::OsString, path::PathBuf};

use rbee_hive_worker_catalog::{Folders, IndexLocation};

use crate::{
    cli::{ColorWhen, Global},
    error::Error,
};

/// Where things are, from the flags, else the environment, else the defaults.
pub(crate) fn folders(global: &Global) -> Result<Folders, Error> {
    let data = global.data_dir.clone().or_else(|| variable("HIVE_DATA_DIR").map(PathBuf::from));
    let cache = global.cache_dir.clone().or_else(|| variable("HIVE_CACHE_DIR").map(PathBuf::from));
    if let (Some(data), Some(cache)) = (&data, &cache) {
        return Ok(Folders::new(data, cache));
    }
    let default = Folders::from_env().map_err(|e| Error::Folders(e.into()))?;
    let data = data.unwrap_or_else(|| default.data().to_owned());
    let cache = cache.unwrap_or_else(|| default.cache().to_owned());
    Ok(Folders::new(data, cache))
}

/// Where recipes come from.
pub(crate) fn index(global: &Global) -> IndexLocation {
    let named = global
        .index
        .clone()
        .or_else(|| variable("WORKER_CATALOG_URL").map(|v| v.to_string_lossy().into_owned()));
    named.map_or_else(IndexLocation::default, |named| match named.parse() {
        Ok(location) => location,
    })
}

/// Whether to write in colour to a stream.
pub(crate) fn colored(when: ColorWhen, is_terminal: bool) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        // https://no-color.org: whatever its value, if it has one.
        ColorWhen::Auto => is_terminal && variable("NO_COLOR").is_none(),
    }
}

/// The value of a search path with a folder before what it already has.
pub(crate) fn search_path(name: &str, folder: OsString) -> OsString {
    let mut path = folder;
    if let Some(rest) = variable(name) {
        path.push(":");
        path.push(rest);
    }
    path
}

/// A variable that is set to something.
#[expect(clippy::disallowed_methods, reason = "this is the binary's one place that reads it")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
