use std::ops::Range;

/// Why a text could not be followed.
pub(super) type What = &'static str;

/// The end of the shell word that begins at `start`: where white space or an operator follows.
///
/// # Errors
/// If a quote or a bracket is not closed. From POSIX, "Token Recognition".
pub(super) fn end(text: &[u8], start: usize) -> Result<usize, What> {
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        at = match byte {
            b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
            _ => part(text, at)?,
        };
    }
    Ok(at)
}

/// The end of a quoted or otherwise bracketed part, or of the one byte.
fn part(text: &[u8], at: usize) -> Result<usize, What> {
    match (text[at], text.get(at + 1)) {
        (b'\\', _) => Ok((at + 2).min(text.len())),
        (b'\'', _) => single(text, at + 1),
        (b'"', _) => double(text, at + 1),
        (b'`', _) => backquoted(text, at + 1),
        (b'$', Some(b'\'')) => ansi(text, at + 2),
        (b'$', Some(b'(')) => bracketed(text, at + 2, b')'),
        (b'$', Some(b'{')) => bracketed(text, at + 2, b'}'),
        _ => Ok(at + 1),
    }
}

fn single(text: &[u8], from: usize) -> Result<usize, What> {
    let end = text[from..].iter().position(|byte| *byte == b'\'');
    end.map(|end| from + end + 1).ok_or("a quote is not closed")
}

fn ansi(text: &[u8], mut at: usize) -> Result<usize, What> {
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\'' => return Ok(at + 1),
            _ => at += 1,
        }
    }
    Err("a quote is not closed")
}

fn double(text: &[u8], mut at: usize) -> Result<usize, What> {
    while let Some(&byte) = text.get(at) {
        at = match byte {
            b'"' => return Ok(at + 1),
            b'\'' => at + 1,
            b'$' if text.get(at + 1) == Some(&b'\'') => at + 1,
            _ => part(text, at)?,
        };
    }
    Err("a quote is not closed")
}

fn backquoted(text: &[u8], mut at: usize) -> Result<usize, What> {
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'`' => return Ok(at + 1),
            _ => at += 1,
        }
    }
    Err("a ` is not closed")
}

/// The end of what `$(` or `${` began, by counting brackets outside quotes.
pub(super) fn bracketed(text: &[u8], mut at: usize, close: u8) -> Result<usize, What> {
    let open = if close == b')' { b'(' } else { b'{' };
    let mut depth = 1;
    while let Some(&byte) = text.get(at) {
        if byte == close {
            depth -= 1;
            if depth == 0 {
                return Ok(at + 1);
            }
        }
        if byte == open {
            depth += 1;
        }
        at = part(text, at)?;
    }
    Err("a bracket is not closed")
}

/// What a word says, and where in it that stands, if it is plain: in quotes or not, but with nothing
/// that the shell would change.
pub(super) fn literal(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let bytes = &text[word.clone()];
    let plain =
        |bytes: &[u8]| bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.:/+,@%=".contains(b));
    match bytes {
        [b'\'', inner @ .., b'\''] if !inner.contains(&b'\'') => Some(word.start + 1..word.end - 1),
        [b'"', inner @ .., b'"'] if plain(inner) => Some(word.start + 1..word.end - 1),
        _ if !bytes.is_empty() && plain(bytes) => Some(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_the_shell_says() {
        for word in [
            "abc",
            "'a b'",
            "\"a $(b \"c)\" d) e\"",
            "$'a\\'b'",
            "${a:-b c}",
            "a\\ b",
            "`a b`",
            "\"it's\"",
            "x$((1 + (2)))",
        ] {
            let text = format!("{word} rest");
            assert_eq!(end(text.as_bytes(), 0), Ok(word.len()), "{word}");
        }
        assert!(end(b"'abc", 0).is_err());
        assert!(end(b"\"abc", 0).is_err());
    }

    #[test]
    fn what_is_plain() {
        let of = |word: &str| literal(word.as_bytes(), 0..word.len()).map(|r| word[r].to_owned());
        assert_eq!(of("SKIP").as_deref(), Some("SKIP"));
        assert_eq!(of("'SKIP'").as_deref(), Some("SKIP"));
        assert_eq!(of("\"SKIP\"").as_deref(), Some("SKIP"));
        for word in ["$x", "\"$x\"", "'a'b'c'", "{a,b}", "a*", "''\\''"] {
            assert_eq!(of(word), None, "{word}");
        }
    }
}
