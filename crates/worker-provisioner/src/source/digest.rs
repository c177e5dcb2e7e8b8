use std::{collections::BTreeMap, fs::File, io, os::unix::fs::FileExt};

use blake2::Blake2b512;
use sha2::digest::DynDigest;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use tokio_util::sync::CancellationToken;

use super::{
    cksum::Cksum,
    sums::{Algorithm, Sum},
};

/// Computes several sums of a stream in one pass: SHA-256 always, and what else is wanted.
pub(super) struct MultiHasher {
    sha256: Sha256,
    cksum: Option<Cksum>,
    others: Vec<(Algorithm, Box<dyn DynDigest + Send>)>,
}

impl MultiHasher {
    pub(super) fn new(wanted: &[Algorithm]) -> Self {
        let mut hasher = Self { sha256: Sha256::new(), cksum: None, others: Vec::new() };
        for &algorithm in wanted {
            let other: Box<dyn DynDigest + Send> = match algorithm {
                Algorithm::Sha256 => continue,
                Algorithm::Ck => {
                    hasher.cksum = Some(Cksum::new());
                    continue;
                }
                Algorithm::Md5 => Box::new(md5::Md5::new()),
                Algorithm::Sha1 => Box::new(sha1::Sha1::new()),
                Algorithm::Sha224 => Box::new(Sha224::new()),
                Algorithm::Sha384 => Box::new(Sha384::new()),
                Algorithm::Sha512 => Box::new(Sha512::new()),
                Algorithm::B2 => Box::new(Blake2b512::new()),
            };
            if !hasher.others.iter().any(|(present, _)| *present == algorithm) {
                hasher.others.push((algorithm, other));
            }
        }
        hasher
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        Digest::update(&mut self.sha256, bytes);
        if let Some(cksum) = &mut self.cksum {
            cksum.update(bytes);
        }
        for (_, other) in &mut self.others {
            other.update(bytes);
        }
    }

    pub(super) fn finish(self) -> Digests {
        let mut digests = BTreeMap::from([(Algorithm::Sha256, hex(&self.sha256.finalize()))]);
        if let Some(cksum) = self.cksum {
            digests.insert(Algorithm::Ck, cksum.finish().to_string());
        }
        for (algorithm, other) in self.others {
            digests.insert(algorithm, hex(&other.finalize()));
        }
        Digests(digests)
    }
}

impl io::Write for MultiHasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The sums of one content. SHA-256 is always among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digests(BTreeMap<Algorithm, String>);

impl Digests {
    /// The SHA-256 in lower-case hex.
    pub(crate) fn sha256(&self) -> &str {
        &self.0[&Algorithm::Sha256]
    }

    /// This sum, if it was asked for.
    pub(crate) fn get(&self, algorithm: Algorithm) -> Option<&str> {
        self.0.get(&algorithm).map(String::as_str)
    }

    /// The first of `sums` that is another one: which, the expected, the actual.
    ///
    /// A sum that was not computed counts as another one.
    pub(super) fn mismatch<'a>(
        &'a self,
        sums: &'a [(Algorithm, Sum)],
    ) -> Option<(Algorithm, &'a str, &'a str)> {
        sums.iter().find_map(|(algorithm, sum)| {
            let Sum::Hex(expected) = sum else { return None };
            let actual = self.get(*algorithm).unwrap_or("nothing");
            (actual != expected).then_some((*algorithm, expected.as_str(), actual))
        })
    }
}

/// Reads an open file once, from its start. `None` if cancelled.
pub(super) fn digest_file(
    file: &File,
    wanted: &[Algorithm],
    cancel: &CancellationToken,
) -> io::Result<Option<Digests>> {
    let mut hasher = MultiHasher::new(wanted);
    let mut buffer = vec![0; 1 << 20];
    let mut offset = 0;
    loop {
        if cancel.is_cancelled() {
            return Ok(None);
        }
        match file.read_at(&mut buffer, offset) {
            Ok(0) => return Ok(Some(hasher.finish())),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)].into());
        text.push(DIGITS[usize::from(byte & 15)].into());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values are those of coreutils for the four bytes `hive`.
    #[test]
    fn every_kind_in_one_pass() {
        let mut hasher = MultiHasher::new(&Algorithm::ALL);
        hasher.update(b"hi");
        hasher.update(b"ve");
        let digests = hasher.finish();
        let expected = [
            (Algorithm::Ck, "343896208"),
            (Algorithm::Md5, "8a4ac216fb230da3834de641b3e5d0f7"),
            (Algorithm::Sha1, "801d027309b0f931b1c155dc9f844a295cd51a2b"),
            (Algorithm::Sha224, "0e279eb0e374cd1b96e8c2465e2c94d9b71d515ec543f8c4fdd4e6d3"),
            (Algorithm::Sha256, "7640da40298286a6e462d5a80f1c608b0df8660fb13bd5aad0f32b6db68b42c0"),
            (
                Algorithm::Sha384,
                "73b6326216043fa5d2de377a2e33f5416c2be33d3b4c3106\
                 e832099b01796106dfdbbdf47e912a679ee23e8a057c7a39",
            ),
            (
                Algorithm::Sha512,
                "6e4e6b5f02b7775c63dd4a40c4a201aea74c68fce591742473b24e6a4e9074da\
                 a60faf74a57cffcdbb9e68580fc02dfed9519c3abd5a9be367084a24bcabb88c",
            ),
            (
                Algorithm::B2,
                "7980a73045950e7bb09d81718c4999daddc4ffdb252d0e8edb96d58529fb76b5\
                 b896ccac6db5510257034c58ec7ea4359cbc983063d3103480cea5dfc41ff9fb",
            ),
        ];
        for (algorithm, sum) in expected {
            assert_eq!(digests.get(algorithm), Some(sum), "{algorithm}");
        }
    }
}
