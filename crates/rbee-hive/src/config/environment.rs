use std::ffi::OsString;

/// The value of a search path with a folder before what it already has.
pub(crate) fn search_path(name: &str, folder: OsString) -> OsString {
    let mut path = folder;
    if let Some(rest) = variable(name) {
        path.push(":");
        path.push(rest);
    }
    path
}

/// Whether colours are unwanted, <https://no-color.org>: whatever its value, if it has one.
pub(crate) fn no_color() -> bool {
    variable("NO_COLOR").is_some()
}

/// A variable that is set to something.
pub(super) fn variable(name: &str) -> Option<OsString> {
    set(name).filter(|value| !value.is_empty())
}

/// A variable that is set, to nothing too.
#[expect(clippy::disallowed_methods, reason = "this is the binary's one place that reads it")]
pub(super) fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
