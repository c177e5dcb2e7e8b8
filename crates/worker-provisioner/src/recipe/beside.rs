use std::path::Path;

/// Larger files are no part of a recipe's text: it would name them in `source`.
const LARGEST: u64 = 1 << 20;

/// What makepkg itself takes from beside a PKGBUILD. Their names are made of the package's.
const SCRIPTS: [&str; 2] = [".install", ".changelog"];

/// The files beside a PKGBUILD that its text names, such as one that it sources or takes its version
/// from; a script of the package also as `$pkgname.install`. No other is shown to it, because a
/// PKGBUILD may lie in a home folder: none that is hidden, is a link or is large.
pub(crate) fn beside(folder: &Path, pkgbuild: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(pkgbuild);
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.metadata().is_ok_and(|m| m.is_file() && m.len() <= LARGEST))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name != "PKGBUILD" && !name.starts_with('.'))
        .filter(|name| is_named(&text, name) || is_script(&text, name))
        .collect();
    names.sort();
    names
}

/// Whether a character that is next to a name makes it a longer one.
fn goes_on(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '@')
}

/// Whether the name is in the text, and not as a part of a longer one.
fn is_named(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(|c: char| goes_on(c) || c == '.') && !after.starts_with(goes_on)
    })
}

/// Whether it is a script that the text names through a variable: `"${pkgname}".install`.
fn is_script(text: &str, name: &str) -> bool {
    let ending = SCRIPTS.iter().find(|ending| name.ends_with(**ending));
    ending.is_some_and(|ending| {
        text.match_indices(ending).any(|(at, _)| {
            let after = &text[at + ending.len()..];
            ends_with_variable(&text[..at]) && !after.starts_with(goes_on)
        })
    })
}

fn ends_with_variable(text: &str) -> bool {
    let text = text.trim_end_matches('"');
    let before = text.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    text.ends_with('}') || (before.len() < text.len() && before.ends_with('$'))
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

    #[test]
    fn scripts_are_named_through_variables() {
        for text in
            ["[ -e $pkgname.install ]", "${a}.install", "\"$a\".install", "\"${a}\".install x"]
        {
            assert!(is_script(text, "a.install"), "{text}");
        }
        for text in ["a.install", "$pkgname.installed", "$.install", "$pkgname.sh"] {
            assert!(!is_script(text, "b.install"), "{text}");
        }
        assert!(is_script("$pkgname.changelog", "a.changelog"));
        assert!(!is_script("$pkgname.sh", "a.sh"));
    }
}
