//! Where in the PKGBUILD a problem is: by a look at the text, which bash alone could truly read. What
//! is not found has no place.

use std::ops::Range;

use super::Problem;

/// A part of one line of a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecipePlace {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// In characters.
    pub length: usize,
}

/// Where the problem is in the recipe's text.
pub(crate) fn locate(text: &str, problem: &Problem) -> Option<RecipePlace> {
    let functions = functions(text);
    if let Some(name) = problem.field.strip_suffix("()") {
        let found = functions.iter().find(|f| f.name(text) == name);
        // A function that is missing: its field is shown where it would matter.
        let place = found
            .map(|f| f.name.clone())
            .or_else(|| assignments(text, "pkgname").into_iter().next().map(|a| a.name));
        return place.map(|range| place_of(text, range));
    }
    if problem.field == "PKGBUILD" {
        return whole_file(text, problem);
    }
    if problem.field.starts_with("set ") {
        return line_with(text, &problem.field);
    }
    let bodies: Vec<_> = functions.iter().map(|f| f.body.clone()).collect();
    let wanted: Box<dyn Fn(&Assignment) -> bool> = match &problem.package {
        None => Box::new(move |a| !bodies.iter().any(|body| body.contains(&a.name.start))),
        Some(package) => {
            let own = format!("package_{package}");
            let body = functions
                .iter()
                .find(|f| f.name(text) == own)
                .or_else(|| functions.iter().find(|f| f.name(text) == "package"))?
                .body
                .clone();
            Box::new(move |a| body.contains(&a.name.start))
        }
    };
    let mut found: Vec<_> =
        assignments(text, &problem.field).into_iter().filter(|a| wanted(a)).collect();
    if let Some(element) = problem.element.as_deref().filter(|e| !e.is_empty()) {
        let word = found.iter().flat_map(|a| &a.words).find(|word| {
            let raw = &text[(*word).clone()];
            raw == element || unquoted(raw) == element
        });
        // Part of a word that has more to it, such as an expansion.
        let part = || {
            let mut words = found.iter().flat_map(|a| &a.words);
            words.find_map(|word| {
                let at = text[word.clone()].find(element)? + word.start;
                Some(at..at + element.len())
            })
        };
        if let Some(range) = word.cloned().or_else(part) {
            return Some(place_of(text, range));
        }
    }
    // The last assignment is the one that counts.
    found.pop().map(|a| place_of(text, a.name))
}

/// The first carriage return, the line that bash complains about, or the last command.
fn whole_file(text: &str, problem: &Problem) -> Option<RecipePlace> {
    if problem.element.as_deref() == Some("\r") {
        let at = text.find('\r')?;
        return Some(place_of(text, at..at + 1));
    }
    let lines: Vec<_> = text.lines().collect();
    let is_code = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let number = match problem.message.split_once("PKGBUILD: line ") {
        // A quote that nothing closes is noticed only after the last line.
        Some((_, after)) => after.split(':').next()?.parse::<usize>().ok()?.min(lines.len()),
        // It is the last command that has to succeed.
        None if problem.message.contains(" failed with status ") => {
            lines.iter().rposition(|line| is_code(line))? + 1
        }
        None => return None,
    };
    let line = lines.get(number.checked_sub(1)?)?;
    let indent = line.chars().take_while(|c| c.is_whitespace()).count();
    let length = line.trim().chars().count().max(1);
    Some(RecipePlace { line: number, column: indent + 1, length })
}

/// The place of a range that may go over several lines: what of it is on the first.
fn place_of(text: &str, range: Range<usize>) -> RecipePlace {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let shown = text[range.clone()].lines().next().unwrap_or("");
    RecipePlace {
        line: text[..range.start].matches('\n').count() + 1,
        column: text[start..range.start].chars().count() + 1,
        length: shown.chars().count().max(1),
    }
}

fn line_with(text: &str, what: &str) -> Option<RecipePlace> {
    // `set -eu` has `set -u` in it.
    let (command, letter) = what.split_once(" -")?;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let options = trimmed.strip_prefix(command).map(str::trim);
        if options.is_some_and(|o| o.starts_with('-') && o.contains(letter)) {
            return Some(place_of(text, start + indent..start + indent + trimmed.trim_end().len()));
        }
        start += line.len();
    }
    None
}

struct Function {
    name: Range<usize>,
    body: Range<usize>,
}

impl Function {
    fn name<'a>(&self, text: &'a str) -> &'a str {
        &text[self.name.clone()]
    }
}

/// The functions, as recipes are written: a header at the start of a line, and a brace or
/// parenthesis of its own line at the end.
fn functions(text: &str) -> Vec<Function> {
    let mut functions = Vec::new();
    let mut start = 0;
    let mut open: Option<Range<usize>> = None;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if let Some(name) = open.take() {
            if line.starts_with(['}', ')']) {
                functions.push(Function { body: name.end..end, name });
            } else {
                open = Some(name);
            }
        } else if let Some(name) = header(line) {
            let name = start + name.start..start + name.end;
            let rest = line.trim_end();
            if rest.ends_with(['}', ')']) && !rest.ends_with("()") {
                functions.push(Function { body: name.end..end, name });
            } else {
                open = Some(name);
            }
        }
        start = end;
    }
    functions.extend(open.map(|name| Function { body: name.end..text.len(), name }));
    functions
}

/// The name in `name() {` or `function name {`.
fn header(line: &str) -> Option<Range<usize>> {
    let skipped = line.len() - line.trim_start().len();
    let rest = &line[skipped..];
    let (keyword, rest, from) = match rest.strip_prefix("function ") {
        Some(rest) => (true, rest, skipped + "function ".len()),
        None => (false, rest, skipped),
    };
    let end = rest.find(|c: char| c.is_whitespace() || "(){;|&<>'\"$=#".contains(c))?;
    let after = rest[end..].trim_start();
    (end > 0 && (keyword || after.starts_with("()") || after.starts_with("( )")))
        .then_some(from..from + end)
}

struct Assignment {
    name: Range<usize>,
    words: Vec<Range<usize>>,
}

/// Every `name=`, `name+=` and `name[...]=` that begins a command, or a line of `local` and the like.
fn assignments(text: &str, name: &str) -> Vec<Assignment> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(name) {
        let line = &text[text[..at].rfind('\n').map_or(0, |n| n + 1)..at];
        let begins =
            line.is_empty() || line.ends_with(|c: char| c.is_whitespace() || ";({".contains(c));
        if !begins || line.trim_start().starts_with('#') {
            continue;
        }
        let after = &text[at + name.len()..];
        let skip = if after.starts_with('=') {
            1
        } else if after.starts_with("+=") {
            2
        } else if after.starts_with('[') {
            match after.find("]=") {
                Some(end) if !after[..end].contains('\n') => end + 2,
                _ => continue,
            }
        } else {
            continue;
        };
        let value = at + name.len() + skip;
        let words = if text[value..].starts_with('(') {
            words(text, value + 1)
        } else {
            vec![word(text, value)]
        };
        found.push(Assignment { name: at..at + name.len(), words });
    }
    found
}

/// The words of an array, from after its parenthesis.
fn words(text: &str, mut at: usize) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    while let Some(c) = text[at..].chars().next() {
        if c == ')' {
            break;
        } else if c == '#' {
            at += text[at..].find('\n').unwrap_or(text.len() - at);
        } else if c.is_whitespace() || "(;|&<>".contains(c) || text[at..].starts_with("\\\n") {
            at += c.len_utf8();
        } else {
            let word = word(text, at);
            at = word.end.max(at + 1);
            words.push(word);
        }
    }
    words
}

/// The word at a place, with its quotes.
fn word(text: &str, start: usize) -> Range<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut chars = text[start..].char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (None | Some('"'), '\\') => _ = chars.next(),
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '{') => depth += 1,
            (None, '}') => depth = depth.saturating_sub(1),
            (None, ')') if depth > 0 => depth -= 1,
            (None, ')' | ';') if depth == 0 => return start..start + at,
            (None, _) if depth == 0 && c.is_whitespace() => return start..start + at,
            _ => {}
        }
    }
    start..text.len()
}

/// A word without its quotes; expansions stay.
fn unquoted(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let mut quote = None;
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some('\''), _) => plain.push(c),
            (_, '\\') => plain.extend(chars.next()),
            (None, '\'' | '"') => quote = Some(c),
            _ => plain.push(c),
        }
    }
    plain
}
