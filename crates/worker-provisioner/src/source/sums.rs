use std::fmt;

use super::{Source, SourceError};

/// A kind of checksum, named as the recipe's array is without `sums`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Algorithm {
    /// `cksums`, POSIX cksum.
    Ck,
    /// `md5sums`.
    Md5,
    /// `sha1sums`.
    Sha1,
    /// `sha224sums`.
    Sha224,
    /// `sha256sums`.
    Sha256,
    /// `sha384sums`.
    Sha384,
    /// `sha512sums`.
    Sha512,
    /// `b2sums`, BLAKE2b-512.
    B2,
}

impl Algorithm {
    /// Every kind that makepkg knows.
    pub(crate) const ALL: [Self; 8] = [
        Self::Ck,
        Self::Md5,
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::B2,
    ];

    /// The recipe's array, without an architecture's suffix.
    pub(crate) fn array(self) -> &'static str {
        match self {
            Self::Ck => "cksums",
            Self::Md5 => "md5sums",
            Self::Sha1 => "sha1sums",
            Self::Sha224 => "sha224sums",
            Self::Sha256 => "sha256sums",
            Self::Sha384 => "sha384sums",
            Self::Sha512 => "sha512sums",
            Self::B2 => "b2sums",
        }
    }

    /// Whether nobody knows how to make another file with the same sum.
    pub(crate) fn is_strong(self) -> bool {
        self >= Self::Sha224
    }

    /// Digits of a sum; `None` for the decimal cksum.
    fn digits(self) -> Option<usize> {
        match self {
            Self::Ck => None,
            Self::Md5 => Some(32),
            Self::Sha1 => Some(40),
            Self::Sha224 => Some(56),
            Self::Sha256 => Some(64),
            Self::Sha384 => Some(96),
            Self::Sha512 | Self::B2 => Some(128),
        }
    }

    fn parse(self, sum: &str) -> Option<Sum> {
        if sum == "SKIP" {
            return Some(Sum::Skip);
        }
        let normal = match self.digits() {
            Some(digits) => (sum.len() == digits && sum.bytes().all(|b| b.is_ascii_hexdigit()))
                .then(|| sum.to_ascii_lowercase()),
            None => sum
                .bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| sum.parse::<u32>().ok())
                .flatten()
                .map(|crc| crc.to_string()),
        };
        normal.map(Sum::Hex)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.array().trim_end_matches("sums"))
    }
}

/// What a checksum array says of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sum {
    /// `SKIP`: it says nothing.
    Skip,
    /// Lower-case digits, hexadecimal but for the decimal cksum.
    Hex(String),
}

/// Reads one source array and gives every entry its sums.
///
/// `arrays` are the checksum arrays of the same architecture suffix; an empty one counts as absent,
/// as it does for makepkg.
///
/// # Errors
/// If an entry cannot be read, a checksum is none, or an array is not as long as `sources`.
pub(crate) fn pair(
    sources: &[String],
    noextract: &[String],
    arrays: &[(Algorithm, Vec<String>)],
) -> Result<Vec<Source>, SourceError> {
    let present: Vec<_> = arrays.iter().filter(|(_, sums)| !sums.is_empty()).collect();
    if let Some((algorithm, sums)) = present.iter().find(|(_, sums)| sums.len() != sources.len()) {
        return Err(SourceError::Counts {
            array: algorithm.array(),
            sums: sums.len(),
            sources: sources.len(),
        });
    }
    let mut paired = Vec::with_capacity(sources.len());
    for (index, entry) in sources.iter().enumerate() {
        let mut source = Source::parse(entry)?;
        source.noextract = noextract.iter().any(|name| name == source.name.as_str());
        for (algorithm, sums) in &present {
            let sum = algorithm.parse(&sums[index]).ok_or_else(|| SourceError::Sum {
                array: algorithm.array(),
                name: source.name.to_string(),
                sum: sums[index].clone(),
            })?;
            if let (Sum::Hex(_), Some(what)) = (&sum, source.no_sum()) {
                let name = source.name.to_string();
                return Err(SourceError::NoSum { array: algorithm.array(), name, what });
            }
            source.sums.push((*algorithm, sum));
        }
        paired.push(source);
    }
    Ok(paired)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(items: &[&str]) -> Vec<String> {
        items.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_array_is_attached() {
        let upper = "AB".repeat(32);
        let sources = pair(
            &strings(&["a.patch", "b.tar.gz::https://example.org/b"]),
            &strings(&["b.tar.gz"]),
            &[
                (Algorithm::Sha256, strings(&[&upper, "SKIP"])),
                (Algorithm::Ck, strings(&["SKIP", "0042"])),
                (Algorithm::Md5, Vec::new()),
            ],
        )
        .unwrap();
        assert_eq!(
            sources[0].sums,
            [(Algorithm::Sha256, Sum::Hex("ab".repeat(32))), (Algorithm::Ck, Sum::Skip)]
        );
        assert_eq!(
            sources[1].sums,
            [(Algorithm::Sha256, Sum::Skip), (Algorithm::Ck, Sum::Hex("42".into()))]
        );
        assert!(!sources[0].noextract);
        assert!(sources[1].noextract);
    }

    #[test]
    fn counts_must_match() {
        let error = pair(&strings(&["a", "b"]), &[], &[(Algorithm::B2, strings(&["SKIP"]))]);
        assert_eq!(error.unwrap_err().to_string(), "b2sums has 1 entries for 2 sources");
    }

    #[test]
    fn what_moves_has_no_sum() {
        let sum = "a".repeat(64);
        for entry in ["git+https://h/x", "hg+https://h/x#branch=b", "svn://h/x#revision=1"] {
            let error = pair(&strings(&[entry]), &[], &[(Algorithm::Sha256, strings(&[&sum]))]);
            assert!(matches!(error, Err(SourceError::NoSum { .. })), "{entry}");
        }
        for entry in ["git+https://h/x#tag=1", "hg+https://h/x#revision=1"] {
            pair(&strings(&[entry]), &[], &[(Algorithm::Sha256, strings(&[&sum]))]).unwrap();
        }
    }

    #[test]
    fn a_malformed_sum_names_array_and_entry() {
        for sum in ["", "ab", &"g".repeat(64), "skip"] {
            let error = pair(&strings(&["a"]), &[], &[(Algorithm::Sha256, strings(&[sum]))]);
            let error = error.unwrap_err().to_string();
            assert!(error.starts_with("sha256sums has ") && error.contains(" for a,"), "{error}");
        }
        assert!(Algorithm::Ck.parse("4294967296").is_none());
        assert!(Algorithm::Ck.parse("+1").is_none());
    }
}
