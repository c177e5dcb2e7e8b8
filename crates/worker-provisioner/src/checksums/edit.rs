use std::{borrow::Cow, ops::Range};

use super::{ChecksumsError, scan::Assignment, word::literal};

/// A change of a text: what stands there, and what is to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) at: Range<usize>,
    pub(super) with: String,
}

/// Makes the changes, none of which overlap.
pub(super) fn apply(text: &[u8], mut edits: Vec<Edit>) -> Vec<u8> {
    edits.sort_by_key(|edit| edit.at.start);
    let mut edited = Vec::with_capacity(text.len() + 256);
    let mut done = 0;
    for Edit { at, with } in edits {
        edited.extend_from_slice(&text[done..at.start]);
        edited.extend_from_slice(with.as_bytes());
        done = at.end;
    }
    edited.extend_from_slice(&text[done..]);
    edited
}

/// The one plain assignment of an array. `None` if there is no assignment of it.
///
/// # Errors
/// If it is not plain, or says something else than what it was evaluated to.
pub(super) fn plain<'a>(
    text: &[u8],
    assignments: &'a [Assignment],
    array: &str,
    evaluated: &[String],
) -> Result<Option<&'a Assignment>, ChecksumsError> {
    let not_plain = |how| ChecksumsError::NotPlain { array: array.to_owned(), how };
    let all: Vec<_> = assignments.iter().filter(|a| a.name == array).collect();
    let one = match all.as_slice() {
        [] if evaluated.is_empty() => return Ok(None),
        [] => return Err(not_plain("computed")),
        all if all.iter().any(|a| a.appends) => return Err(not_plain("assigned with +=")),
        all if all.iter().any(|a| a.nested) => {
            return Err(not_plain("assigned in a condition, a loop or a function"));
        }
        [one] => *one,
        _ => return Err(not_plain("assigned more than once")),
    };
    let says: Option<Vec<Cow<'_, str>>> = one
        .elements
        .iter()
        .map(|e| literal(text, e.clone()).map(|range| String::from_utf8_lossy(&text[range])))
        .collect();
    if says.is_none_or(|says| says != evaluated) {
        return Err(not_plain("computed"));
    }
    Ok(Some(one))
}

/// What makes the array's elements `values`: elements that stay keep their quotes, comments and
/// places, and new ones are written like the last one.
pub(super) fn rewrite(text: &[u8], array: &Assignment, values: &[String]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (element, value) in array.elements.iter().zip(values) {
        let Some(inner) = literal(text, element.clone()) else { continue };
        if !text[inner.clone()].eq_ignore_ascii_case(value.as_bytes()) {
            edits.push(Edit { at: inner, with: value.clone() });
        }
    }
    let kept = array.elements.len().min(values.len());
    let end = match kept {
        0 => array.inside.start,
        kept => after_comment(text, array.elements[kept - 1].end, array.inside.end),
    };
    if let Some(last) = array.elements.last()
        && array.elements.len() > values.len()
    {
        edits.push(Edit { at: end..last.end, with: String::new() });
    }
    let mut added = String::new();
    for (index, value) in values.iter().enumerate().skip(kept) {
        if index > 0 {
            added.push_str(&separator(text, array));
        }
        let quote = quote(text, array);
        added.extend([quote, value, quote]);
    }
    if !added.is_empty() {
        edits.push(Edit { at: end..end, with: added });
    }
    edits
}

/// The values as they stand there after [`rewrite`], which leaves upper-case digits as they are.
pub(super) fn as_written(before: &[String], values: Vec<String>) -> Vec<String> {
    let mut before = before.iter();
    let written = values.into_iter().map(|value| match before.next() {
        Some(before) if before.eq_ignore_ascii_case(&value) => before.clone(),
        _ => value,
    });
    written.collect()
}

/// A new array for after `beside`, one element a line.
pub(super) fn insert(text: &[u8], beside: &Assignment, array: &str, values: &[String]) -> Edit {
    let close = beside.inside.end + 1;
    let line = text[close..].iter().position(|b| *b == b'\n').map_or(text.len(), |n| close + n);
    let indent = format!("\n{}", " ".repeat(array.len() + 2));
    let elements: Vec<_> = values.iter().map(|value| format!("'{value}'")).collect();
    Edit { at: line..line, with: format!("\n{array}=({})", elements.join(&indent)) }
}

/// Behind a comment that follows on the same line.
fn after_comment(text: &[u8], from: usize, limit: usize) -> usize {
    let rest = &text[from..limit];
    let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    if rest.get(blanks) != Some(&b'#') {
        return from;
    }
    from + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
}

/// What stands between two elements: a blank, or a line break and the blanks that align them.
fn separator(text: &[u8], array: &Assignment) -> String {
    let column = |at: usize| at - text[..at].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    match array.elements.as_slice() {
        [.., before, last] if !text[before.end..last.start].contains(&b'\n') => " ".to_owned(),
        [.., last] => {
            let start = last.start - column(last.start);
            let blank = |b: &u8| if *b == b'\t' { '\t' } else { ' ' };
            let indent: String = text[start..last.start].iter().map(blank).collect();
            format!("\n{indent}")
        }
        [] => format!("\n{}", " ".repeat(column(array.inside.start))),
    }
}

fn quote(text: &[u8], array: &Assignment) -> &'static str {
    match array.elements.last().map(|last| text[last.start]) {
        Some(b'"') => "\"",
        Some(b'\'') | None => "'",
        Some(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{super::scan::assignments, *};

    fn rewritten(text: &str, values: &[&str]) -> String {
        let found = assignments(text.as_bytes()).unwrap();
        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
        let edits = rewrite(text.as_bytes(), &found[0], &values);
        String::from_utf8(apply(text.as_bytes(), edits)).unwrap()
    }

    #[test]
    fn format_and_comments_stay() {
        for (text, values, expected) in [
            ("s=(a b)\n", vec!["c", "d"], "s=(c d)\n"),
            (
                "s=('a' # first\n   \"b\"  # second\n  )\n",
                vec!["c", "d"],
                "s=('c' # first\n   \"d\"  # second\n  )\n",
            ),
            ("s=('AB')\n", vec!["ab"], "s=('AB')\n"),
            ("s=('a'\n   'b')\n", vec!["a", "b", "c"], "s=('a'\n   'b'\n   'c')\n"),
            ("s=(\n\t'a' # x\n)\n", vec!["a", "b"], "s=(\n\t'a' # x\n\t'b'\n)\n"),
            ("s=(a b)\n", vec!["a", "b", "c"], "s=(a b c)\n"),
            ("s=('a')\n", vec!["a", "b"], "s=('a'\n   'b')\n"),
            ("s=()\n", vec!["a", "b"], "s=('a'\n   'b')\n"),
            ("s=('a'\n   'b'\n   'c')\n", vec!["a"], "s=('a')\n"),
            ("s=('a')\n", vec![], "s=()\n"),
        ] {
            assert_eq!(rewritten(text, &values), expected, "{text}");
        }
    }

    #[test]
    fn a_new_array_stands_after_its_source() {
        let text = b"source=(a\n  b) # here\nbuild() { :; }\n";
        let found = assignments(text).unwrap();
        let values = ["SKIP".to_owned(), "ab".to_owned()];
        let edit = insert(text, &found[0], "sha256sums", &values);
        let edited = String::from_utf8(apply(text, vec![edit])).unwrap();
        assert_eq!(
            edited,
            "source=(a\n  b) # here\nsha256sums=('SKIP'\n            'ab')\nbuild() { :; }\n"
        );
    }

    #[test]
    fn what_is_not_plain_is_refused() {
        for (text, evaluated, how) in [
            ("s=($x)\n", vec!["a"], "computed"),
            ("s=(b)\n", vec!["a"], "computed"),
            ("s=(a)\ns+=(b)\n", vec!["a", "b"], "with +="),
            ("s=(a)\ns=(b)\n", vec!["b"], "more than once"),
            ("if x; then s=(a); fi\n", vec!["a"], "condition"),
            ("x\n", vec!["a"], "computed"),
        ] {
            let found = assignments(text.as_bytes()).unwrap();
            let evaluated: Vec<_> = evaluated.iter().map(ToString::to_string).collect();
            let error = plain(text.as_bytes(), &found, "s", &evaluated).unwrap_err().to_string();
            assert!(error.contains(how), "{text}: {error}");
        }
    }
}
