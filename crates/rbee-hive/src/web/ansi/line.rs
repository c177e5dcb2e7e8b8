use maud::{Markup, html};

use super::style::Style;
use crate::terminal::plain_line;

/// Longer lines are cut: nobody reads a megabyte of one, and no browser shows it.
const LONGEST: usize = 4000;

/// A line of a program's output: its colours are classes, everything else that a terminal would
/// obey is gone. Each line begins plain, wherever one begins to read.
pub(in crate::web) fn render(line: &str) -> Markup {
    let line = line.trim_end_matches(['\r', '\n']);
    let (cut, line) = match line.char_indices().nth(LONGEST) {
        Some((end, _)) => (true, &line[..end]),
        None => (false, line),
    };
    html! {
        @for (style, text) in pieces(line) {
            @let classes = style.classes();
            @if classes.is_empty() { (text) } @else { span class=(classes) { (text) } }
        }
        @if cut { "…" }
    }
}

/// A line that is being written, in pieces of one style each.
#[derive(Default)]
struct Pieces {
    pieces: Vec<(Style, String)>,
    /// Whether what comes next is written over what is there.
    returned: bool,
}

fn pieces(line: &str) -> Vec<(Style, String)> {
    let mut style = Style::default();
    let mut pieces = Pieces::default();
    let mut rest = line;
    while let Some((before, parameters, after)) = split(rest) {
        pieces.write(style, before);
        style.take(parameters);
        rest = after;
    }
    pieces.write(style, rest);
    pieces.pieces
}

impl Pieces {
    fn write(&mut self, style: Style, text: &str) {
        for (n, part) in text.split('\r').enumerate() {
            self.returned |= n > 0;
            let part = plain_line(part);
            if part.is_empty() {
                continue;
            }
            if std::mem::take(&mut self.returned) {
                self.pieces.clear();
            }
            self.pieces.push((style, part));
        }
    }
}

/// What is before the first sequence that sets a style, its parameters, and what is after it.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("\x1b[")?;
        let parameters = &text[start + 2..];
        let end = parameters.find(|c: char| !matches!(c, '0'..='9' | ';' | ':'))?;
        if parameters[end..].starts_with('m') {
            return Some((&text[..start], &parameters[..end], &parameters[end + 1..]));
        }
        from = start + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(line: &str) -> String {
        render(line).into_string()
    }

    #[test]
    fn colours_are_classes() {
        for (line, expected) in [
            ("plain <b> & \"x\"", "plain &lt;b&gt; &amp; &quot;x&quot;"),
            ("\x1b[31mred\x1b[0m on", r#"<span class="i1">red</span> on"#),
            ("\x1b[1;32mok\x1b[m.", r#"<span class="i2 bold">ok</span>."#),
            ("\x1b[91;44mx", r#"<span class="g4">x</span>"#),
            ("\x1b[38;5;208mx\x1b[39my", r#"<span class="i208">x</span>y"#),
            ("\x1b[38;2;255;0;0mx", r#"<span class="i196">x</span>"#),
            ("\x1b[38:2::255:0:0mx", r#"<span class="i196">x</span>"#),
            ("\x1b[38:5:9mx", r#"<span class="i9">x</span>"#),
            ("\x1b[48;5;22mx", r#"<span class="g22">x</span>"#),
            ("\x1b[7mx\x1b[27my", r#"<span class="g7">x</span>y"#),
            ("\x1b[2;3;4;9mx", r#"<span class="dim italic underlined struck">x</span>"#),
            ("\x1b[4:3mx\x1b[4:0my", r#"<span class="underlined">x</span>y"#),
        ] {
            assert_eq!(html(line), expected, "{line:?}");
        }
    }

    #[test]
    fn everything_else_that_a_terminal_obeys_is_gone() {
        for (line, expected) in [
            ("a\x1b[2Jb\x1b[1;1Hc", "abc"),
            ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("\x1b]0;t\x07x", "x"),
            ("10%\r\x1b[32m100%\x1b[0m\r", "<span class=\"i2\">100%</span>"),
            ("100%\r\x1b[0m", "100%"),
            ("\x1b[31m10%\r20%", "<span class=\"i1\">20%</span>"),
            ("\x1b[38;5mx", "x"),
            ("\x1b[38;5;999mx\x1b[999;;my", "xy"),
            ("cut \x1b[3", "cut "),
            ("\u{202e}x\0", "x"),
        ] {
            assert_eq!(html(line), expected, "{line:?}");
        }
    }

    #[test]
    fn nothing_that_comes_in_makes_a_tag_or_a_control_character() {
        for c in (0..0x300).filter_map(char::from_u32) {
            let line = format!("\x1b{c}[<script>\x1b[3{c}1m<x>\x1b]{c}<y>");
            let html = html(&line);
            let tags = html.replace("<span class=\"", "").replace("</span>", "");
            assert!(!tags.contains('<') && !html.chars().any(char::is_control), "{c:?} {html}");
        }
    }

    #[test]
    fn an_endless_line_is_cut() {
        assert_eq!(html(&"ä".repeat(10_000)).chars().count(), LONGEST + 1);
    }
}
