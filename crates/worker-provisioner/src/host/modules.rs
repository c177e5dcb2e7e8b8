//! The pkg-config modules of the host, read without running it.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::program::library_folders;

/// The file that describes a module.
pub(super) fn file(module: &str) -> Option<PathBuf> {
    let name = format!("{module}.pc");
    let shared = ["/usr/share/pkgconfig", "/usr/local/share/pkgconfig"].map(PathBuf::from);
    let folders = library_folders().map(|folder| folder.join("pkgconfig"));
    folders.chain(shared).map(|folder| folder.join(&name)).find(|path| path.is_file())
}

/// The version of a module, if it is there and says so.
pub(super) fn version(module: &str) -> Option<String> {
    read_version(&file(module)?)
}

fn read_version(path: &Path) -> Option<String> {
    version_in(&fs_err::read_to_string(path).ok()?)
}

/// The `Version` of a `.pc` file (pc(5)), with the file's own variables put in.
fn version_in(text: &str) -> Option<String> {
    let mut variables = HashMap::new();
    for line in text.lines() {
        if let Some(version) = line.strip_prefix("Version:") {
            let version = expand(version.trim(), &variables);
            return (!version.is_empty()).then_some(version);
        }
        if let Some((name, value)) = line.split_once('=') {
            let value = expand(value.trim(), &variables);
            variables.insert(name.trim().to_owned(), value);
        }
    }
    None
}

fn expand(text: &str, variables: &HashMap<String, String>) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        expanded.push_str(variables.get(name).map_or("", String::as_str));
        rest = after;
    }
    expanded.push_str(rest);
    expanded
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_version_may_be_made_of_variables() {
        let version = |text: &str| super::version_in(text);
        assert_eq!(version("prefix=/usr\nName: x\nVersion: 1.2\n").as_deref(), Some("1.2"));
        assert_eq!(version("v = 3\nfull=${v}.1\nVersion: ${full}\n").as_deref(), Some("3.1"));
        assert_eq!(version("Name: x\n"), None);
    }
}
