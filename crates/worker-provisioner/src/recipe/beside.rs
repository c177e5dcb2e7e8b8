use std::path::Path;

/// Larger files are no part of a recipe's text: it would name them in `source`.
const LARGEST: u64 = 1 << 20;

/// The files beside a PKGBUILD that its text names, such as one that it sources or takes its version
/// from. No other is shown to it, because a PKGBUILD may lie in a home folder: none that is hidden,
/// is a link or is large.
pub(crate) fn beside(folder: &Path, pkgbuild: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(pkgbuild);
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.metadata().is_ok_and(|m| m.is_file() && m.len() <= LARGEST))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name != "PKGBUILD" && !name.starts_with('.') && is_named(&text, name))
        .collect();
    names.sort();
    names
}

/// Whether the name is in the text, and not as a part of a longer one.
fn is_named(text: &str, name: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '@');
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(|c: char| goes_on(c) || c == '.') && !after.starts_with(goes_on)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_the_text_names_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["PKGBUILD", "VERSION", "common.sh", "x-common.sh", ".secret", "id_rsa"] {
            fs_err::write(folder.path().join(name), "x").unwrap();
        }
        fs_err::create_dir(folder.path().join("src")).unwrap();
        let text = b"source ./common.sh\npkgver=$(<VERSION)\ncat .secret src PKGBUILD my-id_rsa";
        assert_eq!(beside(folder.path(), text), ["VERSION", "common.sh"]);
    }
}
