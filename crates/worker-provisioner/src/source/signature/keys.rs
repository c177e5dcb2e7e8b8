use std::{
    io::{self, Read},
    path::Path,
};

/// No key with all its signatures is near this.
const LARGEST: u64 = 4 << 20;

/// The keys that a recipe trusts: `validpgpkeys`, and the files of them that it brings.
#[derive(Debug, Default)]
pub(crate) struct TrustedKeys {
    /// Fingerprints of primary keys, as the recipe writes them.
    pub(super) fingerprints: Vec<String>,
    /// Content of the key files that are there.
    pub(super) files: Vec<Vec<u8>>,
    /// Names of those that are not.
    pub(super) missing: Vec<String>,
}

impl TrustedKeys {
    /// Reads the key files in a recipe's folder. One that leads out of it is not read.
    ///
    /// # Errors
    /// If one is there and cannot be read.
    pub(crate) fn read(fingerprints: &[String], folder: &Path) -> io::Result<Self> {
        let mut keys = Self { fingerprints: fingerprints.to_vec(), ..Self::default() };
        let root = fs_err::canonicalize(folder)?;
        for name in key_files(fingerprints) {
            let path = fs_err::canonicalize(folder.join(&name)).ok();
            match path.filter(|path| path.starts_with(&root) && path.is_file()) {
                Some(path) => {
                    let mut key = Vec::new();
                    fs_err::File::open(path)?.take(LARGEST).read_to_end(&mut key)?;
                    keys.files.push(key);
                }
                None => keys.missing.push(name),
            }
        }
        Ok(keys)
    }
}

/// Where a recipe has the keys of these fingerprints, in its folder: `keys/pgp/FINGERPRINT.asc`, as
/// Arch's recipes do. What is no fingerprint has no file.
pub(crate) fn key_files(fingerprints: &[String]) -> Vec<String> {
    let mut files: Vec<_> =
        fingerprints.iter().filter(|f| is_fingerprint(f)).map(|f| key_file(f)).collect();
    files.sort();
    files.dedup();
    files
}

pub(super) fn key_file(fingerprint: &str) -> String {
    format!("keys/pgp/{fingerprint}.asc")
}

fn is_fingerprint(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fingerprints_name_files() {
        let fingerprint = "AB".repeat(20);
        let all = [fingerprint.clone(), "../../x".to_owned(), "ABCD".to_owned()];
        assert_eq!(key_files(&all), [format!("keys/pgp/{fingerprint}.asc")]);
    }
}
