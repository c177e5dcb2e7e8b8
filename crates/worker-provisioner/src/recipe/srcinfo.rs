//! The `.SRCINFO` of a recipe, as `makepkg --printsrcinfo` writes it.

use std::fmt::Write;

use super::{
    declared::{Declared, Value},
    schema::{BASE_ARRAYS, BASE_STRINGS, PACKAGE_ARRAYS, PACKAGE_STRINGS, SUFFIXED},
    text,
};

/// The recipe's `.SRCINFO`, byte for byte.
pub(crate) fn srcinfo(declared: &Declared) -> Vec<u8> {
    text::encode(&sections(declared))
}

fn sections(declared: &Declared) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "pkgbase = {}", declared.base_name());
    let global = |name: &str| declared.globals.get(name).filter(|v| !is_nothing(v));
    for name in BASE_STRINGS {
        if global(name).is_some() {
            line(&mut text, name, declared.string(name));
        }
    }
    for name in BASE_ARRAYS {
        lines(&mut text, name, global(name));
    }
    for name in suffixed(declared.array("arch")) {
        lines(&mut text, &name, global(&name));
    }

    for package in declared.package_names() {
        let _ = writeln!(text, "\npkgname = {package}");
        let Some(own) = declared.packages.get(package) else { continue };
        for name in PACKAGE_STRINGS {
            if let Some(Value::String(value)) = own.get(*name) {
                line(&mut text, name, value);
            }
        }
        let arrays = |name: &str| own.get(name).filter(|v| matches!(v, Value::Array(_)));
        for name in PACKAGE_ARRAYS {
            lines_or_empty(&mut text, name, arrays(name));
        }
        let arch = own.get("arch").map_or(declared.array("arch"), Value::as_slice);
        for name in suffixed(arch) {
            lines_or_empty(&mut text, &name, arrays(&name));
        }
    }
    text
}

/// The names of the architectures' own arrays, in the order they are written.
fn suffixed(arch: &[String]) -> Vec<String> {
    let named = arch.iter().filter(|a| *a != "any");
    named.flat_map(|a| SUFFIXED.iter().map(move |name| format!("{name}_{a}"))).collect()
}

/// makepkg takes an empty global string or array for an unset one.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::String(value) => value.is_empty(),
        Value::Array(values) => values.is_empty(),
    }
}

fn lines(text: &mut String, name: &str, value: Option<&Value>) {
    for each in value.map_or(&[][..], Value::as_slice) {
        line(text, name, each);
    }
}

/// A package that empties an array says so with one line without a value.
fn lines_or_empty(text: &mut String, name: &str, value: Option<&Value>) {
    match value.map(Value::as_slice) {
        Some([]) => line(text, name, ""),
        _ => lines(text, name, value),
    }
}

fn line(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "\t{name} = {}", fold(value));
}

/// Runs of white space become one blank; one at each end goes.
fn fold(value: &str) -> String {
    value.split(is_space).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// White space as the C library's UTF-8 locales have it: none of the blanks that join words.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{85}' | '\u{a0}' | '\u{2007}' | '\u{202f}')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_we_write_others_can_read() {
        let array =
            |values: &[&str]| Value::Array(values.iter().map(ToString::to_string).collect());
        let string = |value: &str| Value::String(value.to_owned());
        let map = |values: Vec<(&str, Value)>| -> BTreeMap<_, _> {
            values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
        };
        let declared = Declared {
            globals: map(vec![
                ("pkgname", array(&["a", "b"])),
                ("pkgver", string("1.0")),
                ("pkgrel", string("1")),
                ("arch", array(&["x86_64"])),
                ("depends", array(&["glibc>=2.3", "c"])),
                ("depends_x86_64", array(&["d"])),
            ]),
            packages: [("b".to_owned(), map(vec![("depends", array(&[]))]))].into(),
            ..Declared::default()
        };
        let text = sections(&declared);
        let read = alpm_srcinfo::SourceInfoV1::from_string(&text).unwrap();
        assert_eq!(read.base.name.to_string(), "a");
        assert_eq!(read.base.dependencies.len(), 2);
        assert_eq!(read.packages.len(), 2);
        assert!(text.ends_with("\npkgname = a\n\npkgname = b\n\tdepends = \n"), "{text}");
    }

    #[test]
    fn white_space_is_folded_as_the_c_library_sees_it() {
        for (value, folded) in [
            (" \t a \n\n b\u{b}\u{c}c ", "a b c"),
            ("a\u{a0}b\u{2003}c\u{3000}d\u{2028}e\u{85}f", "a\u{a0}b c d e\u{85}f"),
            ("   ", ""),
        ] {
            assert_eq!(fold(value), folded, "{value:?}");
        }
    }
}
