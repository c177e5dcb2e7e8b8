use std::{io, path::Path};

/// Writes the version that `pkgver()` found into a PKGBUILD: every line that starts with `pkgver=`,
/// and `pkgrel=1`, as makepkg does.
///
/// # Errors
/// If the file cannot be read or written.
pub(crate) fn rewrite_pkgver(pkgbuild: &Path, pkgver: &str) -> io::Result<()> {
    let text = fs_err::read(pkgbuild)?;
    let lines = text.split_inclusive(|b| *b == b'\n').map(|line| {
        if line.starts_with(b"pkgver=") {
            [b"pkgver=", pkgver.as_bytes(), rest(line)].concat()
        } else if line.starts_with(b"pkgrel=") {
            [b"pkgrel=1", rest(line)].concat()
        } else {
            line.to_vec()
        }
    });
    let text: Vec<u8> = lines.flatten().collect();
    fs_err::write(pkgbuild, text)
}

/// What follows the assigned word: a comment, another assignment, the end of the line.
fn rest(line: &[u8]) -> &[u8] {
    let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    &line[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_assignments_at_the_start_of_a_line_change() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("PKGBUILD");
        fs_err::write(&file, "pkgver=1.0 # old\n  pkgver=2\npkgrel=7\nx=pkgver=3\npkgver=")
            .unwrap();
        rewrite_pkgver(&file, "r5.abc").unwrap();
        assert_eq!(
            fs_err::read_to_string(&file).unwrap(),
            "pkgver=r5.abc # old\n  pkgver=2\npkgrel=1\nx=pkgver=3\npkgver=r5.abc"
        );
    }
}
