use std::iter::Peekable;

/// One line of a stranger's text, with nothing in it that a terminal obeys: escape sequences,
/// control characters and marks that reorder text are gone, tabs are spaces, and of a line that was
/// overwritten with carriage returns the last state stays.
///
/// Recipes, their output and what an index says are strangers' (ECMA-48 has the sequences; titles,
/// the clipboard and links are OSC, and the worst of them).
pub(crate) fn plain_line(text: &str) -> String {
    let text = text.trim_end_matches(['\r', '\n']);
    let shown = text.rsplit('\r').next().unwrap_or(text);
    clean(shown).replace('\n', " ")
}

/// As [`plain_line`], for text of several lines.
pub(crate) fn plain_text(text: &str) -> String {
    text.split('\n').map(plain_line).collect::<Vec<_>>().join("\n")
}

fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => skip_escape(&mut chars),
            '\u{9b}' => skip_control_sequence(&mut chars),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => skip_string(&mut chars),
            '\t' => out.push_str("    "),
            '\n' => out.push('\n'),
            c if c.is_control() || reorders(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Marks that make text look like another text: bidirectional overrides and isolates.
fn reorders(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// Skips what follows an ESC.
fn skip_escape(chars: &mut Peekable<impl Iterator<Item = char>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_control_sequence(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            chars.next();
            skip_string(chars);
        }
        _ => {
            while chars.next_if(|c| matches!(c, ' '..='/')).is_some() {}
            chars.next_if(|c| matches!(c, '0'..='~'));
        }
    }
}

/// Skips parameters, intermediates and the final byte. Anything else ends a broken sequence.
fn skip_control_sequence(chars: &mut Peekable<impl Iterator<Item = char>>) {
    while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
    chars.next_if(|c| matches!(c, '@'..='~'));
}

/// Skips a string up to its terminator: BEL, ST, or the ESC that starts an ST.
fn skip_string(chars: &mut Peekable<impl Iterator<Item = char>>) {
    while let Some(c) = chars.next() {
        match c {
            '\x07' | '\u{9c}' => return,
            '\x1b' => {
                chars.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_gone() {
        for (hostile, plain) in [
            ("plain ✓ ä", "plain ✓ ä"),
            ("\x1b[1;31mred\x1b[0m", "red"),
            ("a\x1b[2J\x1b[Hb", "ab"),
            ("\x1b]0;title\x07after", "after"),
            ("\x1b]52;c;ZXZpbA==\x1b\\after", "after"),
            ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("\x1bPq#0;1\x1b\\after", "after"),
            ("\x1b(Bx\x1bcy\x1b7z", "xyz"),
            ("\u{9b}31mred", "red"),
            ("\u{9d}0;title\u{9c}after", "after"),
            ("a\x08\x08b\x07\0", "ab"),
            ("a\tb", "a    b"),
            ("10%\r50%\r100%\r\n", "100%"),
            ("good\u{202e}live", "goodlive"),
            ("cut \x1b", "cut "),
            ("cut \x1b[", "cut "),
            ("cut \x1b]0;never ends", "cut "),
        ] {
            assert_eq!(plain_line(hostile), plain, "{hostile:?}");
        }
    }

    #[test]
    fn a_line_stays_one_line_and_a_text_keeps_its_lines() {
        assert_eq!(plain_line("a\nb"), "a b");
        assert_eq!(plain_text("a\x1b[1m\n  b\r\nc"), "a\n  b\nc");
    }

    #[test]
    fn nothing_that_comes_out_is_a_control_character() {
        let everything: String = (0..0x300).filter_map(char::from_u32).collect();
        assert!(!plain_line(&everything).chars().any(char::is_control));
        for c in everything.chars() {
            let text = format!("\x1b{c}{everything}");
            assert!(!plain_line(&text).chars().any(char::is_control), "{c:?}");
        }
    }
}
