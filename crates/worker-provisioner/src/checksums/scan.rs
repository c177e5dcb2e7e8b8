use std::ops::Range;

use super::word::{self, What};

/// An assignment of an array, `NAME=(…)` or `NAME+=(…)`, as it stands in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) name: String,
    /// `+=`.
    pub(super) appends: bool,
    /// It may not be run: it is in a function, a condition, a loop, or behind `&&`.
    pub(super) nested: bool,
    /// Between the brackets.
    pub(super) inside: Range<usize>,
    pub(super) elements: Vec<Range<usize>>,
}

/// Finds every assignment of an array at the beginning of a command.
///
/// It knows as much of the shell's grammar as it takes to tell commands from strings, comments and
/// here-documents, and what is always run from what is not. A mistake of it is found out: what is
/// made of its findings is evaluated again.
///
/// # Errors
/// Where the text cannot be followed, and why.
pub(super) fn assignments(text: &[u8]) -> Result<Vec<Assignment>, (usize, What)> {
    let mut scan = Scan { text, at: 0, open: Vec::new(), heredocs: Vec::new(), found: Vec::new() };
    scan.run().map_err(|what| (scan.at, what))?;
    Ok(scan.found)
}

/// What a command may be inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compound {
    If,
    Loop,
    Case,
    Brace,
    Subshell,
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    open: Vec<Compound>,
    /// Delimiters of here-documents that begin with the next line, and whether tabs are stripped.
    heredocs: Vec<(Vec<u8>, bool)>,
    found: Vec<Assignment>,
}

impl Scan<'_> {
    fn run(&mut self) -> Result<(), What> {
        // At the beginning of a command; and that command may be skipped.
        let (mut command, mut conditional) = (true, false);
        while let Some(&byte) = self.text.get(self.at) {
            let next = self.text.get(self.at + 1).copied();
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if next == Some(b'\n') => self.at += 2,
                b'\n' => {
                    self.at += 1;
                    self.skip_heredocs()?;
                    (command, conditional) = (true, false);
                }
                b';' => {
                    self.at += 1;
                    (command, conditional) = (true, false);
                }
                b'&' | b'|' => {
                    let double = next == Some(byte);
                    self.at += if double { 2 } else { 1 };
                    command = true;
                    conditional |= double || byte == b'|';
                    if double {
                        self.skip_line_break();
                    }
                }
                b'#' => self.skip_comment(),
                b'<' | b'>' => self.redirection(next)?,
                b'(' if command && next == Some(b'(') => {
                    self.at = word::bracketed(self.text, self.at + 1, b')')?;
                    command = false;
                }
                b'(' => {
                    self.open.push(Compound::Subshell);
                    self.at += 1;
                    command = true;
                }
                b')' => {
                    match self.open.last() {
                        // The end of a pattern.
                        Some(Compound::Case) => {}
                        Some(Compound::Subshell) => _ = self.open.pop(),
                        _ => return Err("a ) has no ("),
                    }
                    self.at += 1;
                    command = true;
                }
                _ => command = self.word(command, conditional)?,
            }
        }
        if self.open.is_empty() { Ok(()) } else { Err("a compound command has no end") }
    }

    /// One word. Returns whether a command may begin after it.
    fn word(&mut self, command: bool, conditional: bool) -> Result<bool, What> {
        let start = self.at;
        self.at = word::end(self.text, start)?;
        let text = &self.text[start..self.at];
        if !command {
            return Ok(false);
        }
        match text {
            b"if" => self.open.push(Compound::If),
            b"while" | b"until" => self.open.push(Compound::Loop),
            b"for" | b"select" => {
                self.open.push(Compound::Loop);
                return Ok(false);
            }
            b"case" => {
                self.open.push(Compound::Case);
                return Ok(false);
            }
            b"{" => self.open.push(Compound::Brace),
            b"fi" => self.close(Compound::If)?,
            b"done" => self.close(Compound::Loop)?,
            b"esac" => self.close(Compound::Case)?,
            b"}" => self.close(Compound::Brace)?,
            b"then" | b"do" | b"else" | b"elif" | b"!" | b"time" => {}
            b"function" => {
                self.skip_blanks();
                self.at = word::end(self.text, self.at)?;
                self.skip_empty_brackets();
            }
            b"[[" => {
                self.skip_condition()?;
                return Ok(false);
            }
            _ => {
                if self.text.get(self.at) == Some(&b'(') && self.array(start, conditional)? {
                    return Ok(true);
                }
                return Ok(self.skip_empty_brackets());
            }
        }
        Ok(!matches!(text, b"fi" | b"done" | b"esac" | b"}"))
    }

    fn close(&mut self, compound: Compound) -> Result<(), What> {
        if self.open.pop() == Some(compound) {
            Ok(())
        } else {
            Err("a compound command ends where none began")
        }
    }

    /// `NAME=(` or `NAME+=(`, whose word has just been read. Returns whether it is one.
    fn array(&mut self, start: usize, conditional: bool) -> Result<bool, What> {
        let Some(name) = self.text[start..self.at].strip_suffix(b"=") else { return Ok(false) };
        let (name, appends) = match name.strip_suffix(b"+") {
            Some(name) => (name, true),
            None => (name, false),
        };
        if name.is_empty() || !name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_') {
            return Ok(false);
        }
        let first = self.at + 1;
        self.at = first;
        let mut elements = Vec::new();
        loop {
            match self.text.get(self.at) {
                None => return Err("an array has no end"),
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'\\') if self.text.get(self.at + 1) == Some(&b'\n') => self.at += 2,
                Some(b'#') => self.skip_comment(),
                Some(b')') => break,
                Some(_) => {
                    let start = self.at;
                    self.at = word::end(self.text, start)?;
                    if self.at == start {
                        return Err("an array has an operator in it");
                    }
                    elements.push(start..self.at);
                }
            }
        }
        let name = String::from_utf8_lossy(name).into_owned();
        let nested = conditional || !self.open.is_empty();
        self.found.push(Assignment { name, appends, nested, inside: first..self.at, elements });
        self.at += 1;
        Ok(true)
    }

    /// The `()` of a function. Returns whether there was one.
    fn skip_empty_brackets(&mut self) -> bool {
        let before = self.at;
        self.skip_blanks();
        if self.text.get(self.at) == Some(&b'(') {
            self.at += 1;
            self.skip_blanks();
            if self.text.get(self.at) == Some(&b')') {
                self.at += 1;
                self.skip_line_break();
                return true;
            }
        }
        self.at = before;
        false
    }

    /// To the end of `[[ … ]]`, where brackets and operators mean other things.
    fn skip_condition(&mut self) -> Result<(), What> {
        loop {
            match self.text.get(self.at) {
                None => return Err("a [[ has no ]]"),
                Some(b' ' | b'\t' | b'\n' | b'<' | b'>' | b'&' | b'|' | b'(' | b')' | b';') => {
                    self.at += 1;
                }
                Some(_) => {
                    let start = self.at;
                    self.at = word::end(self.text, start)?;
                    if &self.text[start..self.at] == b"]]" {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn redirection(&mut self, next: Option<u8>) -> Result<(), What> {
        let rest = &self.text[self.at..];
        if rest.starts_with(b"<<<") {
            self.at += 3;
            return Ok(());
        }
        if rest.starts_with(b"<<") {
            self.at += 2;
            let tabs = self.text.get(self.at) == Some(&b'-');
            self.at += usize::from(tabs);
            self.skip_blanks();
            let start = self.at;
            self.at = word::end(self.text, start)?;
            let quotes = |b: &u8| !matches!(b, b'\'' | b'"' | b'\\');
            let delimiter = self.text[start..self.at].iter().copied().filter(quotes).collect();
            self.heredocs.push((delimiter, tabs));
            return Ok(());
        }
        if next == Some(b'(') {
            // A process that is read from or written to.
            self.at = word::bracketed(self.text, self.at + 2, b')')?;
            return Ok(());
        }
        self.at += 1;
        if let Some(b'>' | b'&' | b'|') = self.text.get(self.at) {
            self.at += 1;
        }
        Ok(())
    }

    fn skip_heredocs(&mut self) -> Result<(), What> {
        for (delimiter, tabs) in std::mem::take(&mut self.heredocs) {
            loop {
                if self.at >= self.text.len() {
                    return Err("a here-document has no end");
                }
                let rest = &self.text[self.at..];
                let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                let line = &rest[..length];
                self.at = (self.at + length + 1).min(self.text.len());
                let skip = if tabs { line.iter().take_while(|b| **b == b'\t').count() } else { 0 };
                if line[skip..] == *delimiter {
                    break;
                }
            }
        }
        Ok(())
    }

    fn skip_comment(&mut self) {
        while self.text.get(self.at).is_some_and(|b| *b != b'\n') {
            self.at += 1;
        }
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    fn skip_line_break(&mut self) {
        while let Some(b' ' | b'\t' | b'\n') = self.text.get(self.at) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, bool, bool, usize)> {
        let all = assignments(text.as_bytes()).unwrap();
        all.into_iter().map(|a| (a.name, a.appends, a.nested, a.elements.len())).collect()
    }

    #[test]
    fn arrays_at_the_top_and_elsewhere() {
        let text = "\
# sums=(a)
a=('x' # y)
   \"z\")
b+=(1)
c=$(echo 'd=(1)')
cat <<'END' >/dev/null
e=(1)
END
[[ $x =~ ^(a|b)$ ]] && f=(1)
if true; then g=(1); fi
for i in 1 2; do
  h=(1)
done
case $CARCH in
  x86_64) i=(1) ;;
  (*) j=(1) ;;
esac
function k { l=(1); }
package_m() {
  n=(1 2)
}
( o=(1) )
p=\"q=(1)\"; r=()
export s=(1)
";
        let expected = [
            ("a", false, false, 2),
            ("b", true, false, 1),
            ("f", false, true, 1),
            ("g", false, true, 1),
            ("h", false, true, 1),
            ("i", false, true, 1),
            ("j", false, true, 1),
            ("l", false, true, 1),
            ("n", false, true, 2),
            ("o", false, true, 1),
            ("r", false, false, 0),
        ];
        let expected: Vec<_> =
            expected.iter().map(|(n, a, b, c)| ((*n).to_owned(), *a, *b, *c)).collect();
        assert_eq!(found(text), expected);
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        for text in ["a=(1", "if true\n", "cat <<X\n", "a='b", "fi\n", ")"] {
            assert!(assignments(text.as_bytes()).is_err(), "{text}");
        }
    }
}
