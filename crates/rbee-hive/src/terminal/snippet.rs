use std::fmt::Write as _;

use super::{Style, plain_line};

/// Something that is wrong at a place in a file, shown as compilers do.
///
/// It is a few lines of our own and no crate: all that comes from the file goes through
/// [`plain_line`], which the crates for it do not do, and one line with one caret is all there is.
#[derive(Debug)]
pub(crate) struct Snippet<'a> {
    pub(crate) is_error: bool,
    /// The name of the rule.
    pub(crate) rule: &'a str,
    pub(crate) message: &'a str,
    pub(crate) remedy: &'a str,
    pub(crate) file: &'a str,
    pub(crate) span: Option<Span<'a>>,
}

/// A part of a line; line and column from 1, in characters.
#[derive(Debug)]
pub(crate) struct Span<'a> {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) length: usize,
    /// The whole line.
    pub(crate) text: &'a str,
}

impl Snippet<'_> {
    /// Its lines, each with its newline.
    pub(crate) fn render(&self, style: Style) -> String {
        let paint = |text: &str| if self.is_error { style.red(text) } else { style.yellow(text) };
        let severity = if self.is_error { "error" } else { "warning" };
        let title = paint(&format!("{severity}[{}]", self.rule));
        let mut out = format!("{title}: {}\n", style.bold(&plain_line(self.message)));
        let gutter = self.span.as_ref().map_or(1, |span| span.line.to_string().len());
        let edge = |number: &str| style.cyan(&format!("{number:>gutter$} |"));
        let place = self.span.as_ref().map(|s| format!(":{}:{}", s.line, s.column));
        let arrow = style.cyan(&format!("{:gutter$}-->", ""));
        let _ = writeln!(out, "{arrow} {}{}", plain_line(self.file), place.unwrap_or_default());
        if let Some(span) = &self.span {
            let skipped: String = span.text.chars().take(span.column - 1).collect();
            let marked: String =
                span.text.chars().skip(span.column - 1).take(span.length).collect();
            // What is shown may be wider than what is there: tabs; or narrower.
            let indent = plain_line(&skipped).chars().count();
            let carets = plain_line(&marked).chars().count().max(1);
            let _ = writeln!(out, "{}", edge(""));
            let _ = writeln!(out, "{} {}", edge(&span.line.to_string()), plain_line(span.text));
            let caret = paint(&"^".repeat(carets));
            let _ = writeln!(out, "{} {:indent$}{caret}", edge(""), "");
        }
        let _ = writeln!(
            out,
            "{} {}",
            style.cyan(&format!("{:gutter$} = help:", "")),
            plain_line(self.remedy)
        );
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_is_under_what_is_wrong() {
        let snippet = Snippet {
            is_error: true,
            rule: "unknown-option",
            message: "options has the unknown option \"fast\"",
            remedy: "remove it",
            file: "a/PKGBUILD",
            span: Some(Span { line: 12, column: 11, length: 4, text: "\toptions=(fast)\x1b[31m" }),
        };
        insta::assert_snapshot!(snippet.render(Style::new(false)), @r#"
        error[unknown-option]: options has the unknown option "fast"
          --> a/PKGBUILD:12:11
           |
        12 |     options=(fast)
           |              ^^^^
           = help: remove it
        "#);
        let nowhere = Snippet { span: None, is_error: false, ..snippet };
        insta::assert_snapshot!(nowhere.render(Style::new(false)), @r#"
        warning[unknown-option]: options has the unknown option "fast"
         --> a/PKGBUILD
          = help: remove it
        "#);
    }
}
