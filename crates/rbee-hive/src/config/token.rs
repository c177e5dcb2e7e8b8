use std::{fmt, path::Path};

use subtle::ConstantTimeEq as _;

use super::Error;

/// The secret that a daemon asks for. It is in no log and in nobody's `Debug`.
#[derive(Clone)]
pub(crate) struct Token(String);

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
        Ok(Self(text.to_owned()))
    }

    /// The token that a file holds.
    ///
    /// # Errors
    /// If the file cannot be read, or holds none.
    pub(super) fn read(file: &Path) -> Result<Self, Error> {
        let text = fs_err::read_to_string(file).map_err(Error::TokenFile)?;
        Self::new(&text, &file.display().to_string())
    }

    /// Whether this is it. How long that takes tells nothing but the lengths.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }

    #[expect(dead_code, reason = "access will use it")]
    /// Whether it is so short that it could be guessed.
    pub(crate) fn is_short(&self) -> bool {
        self.0.len() < 16
    }

    /// The text, for the one header that has it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
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
