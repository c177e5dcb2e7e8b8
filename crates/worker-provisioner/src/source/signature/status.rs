use super::{SignatureProblem, TrustedKeys, keys::key_file};

/// A good signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Good {
    /// The primary key's fingerprint.
    pub(super) key: String,
    /// What has expired: the signature, or its key.
    pub(super) expired: Option<&'static str>,
}

/// What gpg found out about one signature.
#[derive(Debug, Default)]
struct Checked {
    /// The keyword of its result.
    result: String,
    /// The key as the result names it.
    key: String,
    /// The primary key, if the signature is of the content.
    primary: Option<String>,
    /// The reason of an `ERRSIG`; 9 is a missing key.
    reason: String,
    /// The key was revoked, whatever else is the matter with it.
    revoked: bool,
}

/// Reads what gpg wrote to its status descriptor. One good signature by a trusted key is enough, but
/// a bad one or one by a revoked key is never passed over.
///
/// # Errors
/// If there is no good signature. From `GnuPG`'s doc/DETAILS, "Format of the --status-fd output".
pub(super) fn verdict(status: &str, keys: &TrustedKeys) -> Result<Good, SignatureProblem> {
    let all = checked(status);
    let mut found = Err(SignatureProblem::None);
    for one in &all {
        let problem = match one.result.as_str() {
            "BADSIG" => return Err(SignatureProblem::Bad { key: one.key.clone() }),
            _ if one.revoked => {
                let key = one.primary.as_ref().unwrap_or(&one.key).clone();
                return Err(SignatureProblem::Revoked { key });
            }
            "GOODSIG" | "EXPSIG" | "EXPKEYSIG" => match &one.primary {
                Some(key) if keys.fingerprints.contains(key) => {
                    let expired = match one.result.as_str() {
                        "EXPSIG" => Some("the signature has expired"),
                        "EXPKEYSIG" => Some("the key has expired"),
                        _ => None,
                    };
                    if found.is_err() {
                        found = Ok(Good { key: key.clone(), expired });
                    }
                    continue;
                }
                Some(key) => SignatureProblem::NotTrusted { key: key.clone() },
                None => SignatureProblem::Bad { key: one.key.clone() },
            },
            "ERRSIG" if one.reason == "9" => unknown(&one.key, keys),
            _ => SignatureProblem::Unreadable { said: format!("error {}", one.reason) },
        };
        if found == Err(SignatureProblem::None) {
            found = Err(problem);
        }
    }
    found
}

/// A signature often names a subkey, and the file is called after the primary key: it is the one
/// that is missing, if only one is.
fn unknown(key: &str, keys: &TrustedKeys) -> SignatureProblem {
    let wanted = match keys.missing.as_slice() {
        [only] => only.clone(),
        _ => key_file(key),
    };
    SignatureProblem::UnknownKey { key: key.to_owned(), wanted }
}

fn checked(status: &str) -> Vec<Checked> {
    let mut all: Vec<Checked> = Vec::new();
    for line in status.lines() {
        let Some(line) = line.strip_prefix("[GNUPG:] ") else { continue };
        let words: Vec<_> = line.split(' ').collect();
        let word = |index: usize| words.get(index).copied().unwrap_or_default().to_owned();
        match words[0] {
            "NEWSIG" => all.push(Checked::default()),
            "GOODSIG" | "EXPSIG" | "EXPKEYSIG" | "REVKEYSIG" | "BADSIG" | "ERRSIG" => {
                if all.last().is_none_or(|last| !last.result.is_empty()) {
                    all.push(Checked::default());
                }
                if let Some(last) = all.last_mut() {
                    (last.result, last.key) = (word(0), word(1));
                    last.revoked |= words[0] == "REVKEYSIG";
                    if words[0] == "ERRSIG" {
                        last.reason = word(6);
                        // Newer versions know the fingerprint.
                        let fingerprint = word(7);
                        if fingerprint.len() >= 40 {
                            last.key = fingerprint;
                        }
                    }
                }
            }
            "KEYREVOKED" => {
                if let Some(last) = all.last_mut() {
                    last.revoked = true;
                }
            }
            "VALIDSIG" => {
                if let Some(last) = all.last_mut() {
                    let primary = word(10);
                    last.primary = Some(if primary.is_empty() { word(1) } else { primary });
                }
            }
            _ => {}
        }
    }
    all.retain(|one| !one.result.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIMARY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const SUBKEY: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

    fn keys() -> TrustedKeys {
        TrustedKeys { fingerprints: vec![PRIMARY.to_owned()], ..TrustedKeys::default() }
    }

    fn signature(result: &str, primary: &str) -> String {
        format!(
            "[GNUPG:] NEWSIG\n[GNUPG:] {result} 0123456789ABCDEF Somebody\n\
             [GNUPG:] VALIDSIG {SUBKEY} 2024-01-01 1704067200 0 4 0 22 10 00 {primary}\n"
        )
    }

    #[test]
    fn a_subkey_counts_as_its_primary_key() {
        let good = |expired| Ok(Good { key: PRIMARY.to_owned(), expired });
        assert_eq!(verdict(&signature("GOODSIG", PRIMARY), &keys()), good(None));
        let expired = verdict(&signature("EXPKEYSIG", PRIMARY), &keys());
        assert_eq!(expired, good(Some("the key has expired")));
        let other = verdict(&signature("GOODSIG", SUBKEY), &keys());
        assert_eq!(other, Err(SignatureProblem::NotTrusted { key: SUBKEY.to_owned() }));
    }

    #[test]
    fn one_good_signature_is_enough_but_a_bad_one_is_not_passed_over() {
        let unknown = "[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG 0123456789ABCDEF 1 10 00 1704067200 9 -\n";
        let good = signature("GOODSIG", PRIMARY);
        let bad = "[GNUPG:] NEWSIG\n[GNUPG:] BADSIG 0123456789ABCDEF Somebody\n";
        assert!(verdict(&format!("{unknown}{good}"), &keys()).is_ok());
        assert!(verdict(&format!("{good}{unknown}"), &keys()).is_ok());
        let result = verdict(&format!("{good}{bad}"), &keys());
        assert!(matches!(result, Err(SignatureProblem::Bad { .. })));
        let revoked = signature("REVKEYSIG", PRIMARY);
        let result = verdict(&format!("{good}{revoked}"), &keys());
        assert!(matches!(result, Err(SignatureProblem::Revoked { .. })));
    }

    #[test]
    fn a_missing_key_names_the_file_to_add() {
        let status = "[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG 0123456789ABCDEF 1 10 00 1704067200 9 \
                      BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB\n";
        let error = verdict(status, &keys()).unwrap_err().to_string();
        assert!(error.ends_with(&format!("keys/pgp/{SUBKEY}.asc")), "{error}");
        let missing = vec![key_file(PRIMARY)];
        let error = verdict(status, &TrustedKeys { missing, ..keys() }).unwrap_err().to_string();
        assert!(error.ends_with(&format!("keys/pgp/{PRIMARY}.asc")), "{error}");
    }

    #[test]
    fn nothing_is_no_signature() {
        assert_eq!(verdict("", &keys()), Err(SignatureProblem::None));
        assert_eq!(verdict("[GNUPG:] NODATA 1\n", &keys()), Err(SignatureProblem::None));
        assert_eq!(verdict("GOODSIG x\nVALIDSIG y\n", &keys()), Err(SignatureProblem::None));
    }
}
