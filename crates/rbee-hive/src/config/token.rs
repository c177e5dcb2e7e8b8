use std::{fmt, os::unix::fs::PermissionsExt as _, path::Path};

use subtle::ConstantTimeEq as _;

use super::Error;

/// The secret that a daemon asks for. It is in no log and in nobody's `Debug`.
#[derive(Clone)]
pub(crate) struct Token {
    text: String,
    /// Whether others than its owner may read the file that it comes from.
    read_by_others: bool,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Token {
    /// The token of this text, but for the space around it.
    ///
    /// # Errors
    /// If it is empty, or no header can carry it.
    pub(crate) fn new(text: &str, name: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::EmptyToken { name: name.to_owned() });
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::OddToken { name: name.to_owned() });
        }
        Ok(Self { text: text.to_owned(), read_by_others: false })
    }

    /// The token that a file holds.
    ///
    /// # Errors
    /// If the file cannot be read, or holds none.
    pub(super) fn read(file: &Path) -> Result<Self, Error> {
        let text = fs_err::read_to_string(file).map_err(Error::TokenFile)?;
        let mode = fs_err::metadata(file).map_err(Error::TokenFile)?.permissions().mode();
        let read_by_others = mode & 0o077 != 0;
        Ok(Self { read_by_others, ..Self::new(&text, &file.display().to_string())? })
    }

    /// Whether this is it. How long that takes tells nothing but the lengths.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        self.text.as_bytes().ct_eq(given).into()
    }

    /// What makes it less of a secret than it could be.
    pub(crate) fn weaknesses(&self) -> impl Iterator<Item = &'static str> {
        let short =
            "the token is so short that it can be guessed; `openssl rand -hex 32` makes one";
        let read = "others of this machine can read the token's file; `chmod 600` keeps it secret";
        let found = [(self.text.len() < 16, short), (self.read_by_others, read)];
        found.into_iter().filter_map(|(is, weakness)| is.then_some(weakness))
    }

    /// The text, for the one header that has it.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_it() {
        let token = Token::new(" secret\n", "HIVE_TOKEN").unwrap();
        assert!(token.is(b"secret"));
        for wrong in [&b""[..], b"secre", b"secret ", b"Secret"] {
            assert!(!token.is(wrong));
        }
    }

    #[test]
    fn it_is_not_shown() {
        let token = Token::new("secret", "HIVE_TOKEN").unwrap();
        assert_eq!(format!("{token:?}"), "Token(..)");
    }

    #[test]
    fn what_no_header_can_carry_is_refused() {
        assert!(matches!(Token::new(" \n", "x"), Err(Error::EmptyToken { .. })));
        assert!(matches!(Token::new("a b", "x"), Err(Error::OddToken { .. })));
        assert!(matches!(Token::new("gehe\u{ef}m", "x"), Err(Error::OddToken { .. })));
    }
}
