use std::path::Path;

use super::Toggles;
use crate::recipe::{Declared, Value};

/// The package of debugging symbols that tidying has made beside the others in `parts`, if any: its
/// name, and what describes it. `declared` is what holds once all packages are made.
pub(crate) fn symbols(parts: &Path, declared: &Declared) -> Option<(String, Declared)> {
    let base = declared.base_name();
    let name = format!("{base}-debug");
    let folder = parts.join(&name).join("usr/lib/debug");
    let made = fs_err::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if !made || !Toggles::new(declared).keeps_symbols() {
        return None;
    }
    let mut own = declared.clone();
    for field in [
        "groups",
        "depends",
        "optdepends",
        "provides",
        "conflicts",
        "replaces",
        "backup",
        "install",
        "changelog",
    ] {
        own.globals.remove(field);
    }
    let others = declared.package_names().iter().filter(|package| *package != base);
    let provides: Vec<_> = others.map(|package| format!("{package}-debug")).collect();
    let description = format!("Detached debugging symbols for {base}");
    own.globals.insert("pkgdesc".to_owned(), Value::String(description));
    own.globals.insert("provides".to_owned(), Value::Array(provides));
    Some((name, own))
}
