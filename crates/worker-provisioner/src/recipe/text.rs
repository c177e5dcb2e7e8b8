//! The bytes of a recipe as text, and back again, without losing one.
//!
//! A byte that is no UTF-8 becomes a character of its own, at the end of the last private-use
//! plane, as Python's `surrogateescape` does it with surrogates, which a `str` cannot have. What
//! stands there in the recipe itself is taken byte by byte, so that no two texts become one.

/// The character of byte 0.
const ESCAPED: u32 = 0x10_FF00;

/// The bytes as text.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if escaped(c).is_some() {
                push_bytes(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                text.push(c);
            }
        }
        push_bytes(&mut text, chunk.invalid());
    }
    text
}

/// The bytes that [`decode`] made this text of.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match escaped(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

fn push_bytes(text: &mut String, bytes: &[u8]) {
    text.extend(bytes.iter().filter_map(|b| char::from_u32(ESCAPED + u32::from(*b))));
}

/// The byte that a character stands for; only those above ASCII are ever escaped.
fn escaped(c: char) -> Option<u8> {
    let byte = u32::from(c).checked_sub(ESCAPED)?;
    u8::try_from(byte).ok().filter(|b| !b.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        for bytes in [&all[..], b"caf\xc3\xa9 \xe9", "\u{10ffe9}".as_bytes(), b"\xf4\x8f\xbf"] {
            assert_eq!(encode(&decode(bytes)), bytes);
        }
        assert_eq!(decode("é".as_bytes()), "é");
        assert_ne!(decode("\u{10ffe9}".as_bytes()), decode(b"\xe9"));
    }
}
