use std::fmt::Write as _;

/// A name as text, such that each name has one text and two names never have the same.
///
/// A control character, `%` and every byte that is not part of UTF-8 become `%XX`, so the text has
/// no newline and is safe on a terminal.
pub(super) fn escape(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character == '%' || character.is_control() {
                percent(&mut text, character.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                text.push(character);
            }
        }
        percent(&mut text, chunk.invalid());
    }
    text
}

fn percent(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "%{byte:02X}");
    }
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_readable_and_distinct() {
        for (name, text) in [
            (&b"usr/bin/llama-server"[..], "usr/bin/llama-server"),
            ("größe 日本".as_bytes(), "größe 日本"),
            (b"100%", "100%25"),
            (b"%41", "%2541"),
            (b"a\tb\nc\x7f\x1b", "a%09b%0Ac%7F%1B"),
            (b"caf\xe9", "caf%E9"),
            ("\u{85}".as_bytes(), "%C2%85"),
        ] {
            assert_eq!(escape(name), text);
        }
    }

    #[test]
    fn hexadecimal_has_two_digits_a_byte() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
