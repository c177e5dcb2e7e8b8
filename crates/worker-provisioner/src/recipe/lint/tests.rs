use std::collections::BTreeMap;

use super::*;
use crate::recipe::declared::{Declared, Value};

fn string(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn array(values: &[&str]) -> Value {
    Value::Array(values.iter().map(ToString::to_string).collect())
}

fn plain() -> Declared {
    let globals = [
        ("pkgname", string("a")),
        ("pkgver", string("1.0")),
        ("pkgrel", string("1")),
        ("arch", array(&["x86_64"])),
    ];
    Declared {
        globals: globals.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        ..Declared::default()
    }
}

fn with(changes: &[(&str, Value)]) -> Declared {
    let mut declared = plain();
    for (name, value) in changes {
        declared.globals.insert((*name).to_owned(), value.clone());
    }
    declared
}

fn rules(declared: &Declared) -> Vec<&'static str> {
    package(declared, Some("x86_64")).iter().map(|p| p.rule).collect()
}

#[test]
fn a_plain_recipe_has_no_problem() {
    assert_eq!(package(&plain(), Some("x86_64")), []);
    assert_eq!(worker(&with(&[("_worker_entrypoint", string("usr/bin/a"))])), []);
}

#[test]
fn names_and_versions_of_dependencies_are_makepkgs() {
    for good in ["b", "b=1:2-3.4", "b>=1", "a==1", "a=>1", "x<:2", "gtk+", "b=1.é="] {
        let found = rules(&with(&[("depends", array(&[good]))]));
        assert_eq!(found.is_empty(), good.is_ascii(), "{good:?}");
    }
    for bad in
        ["", "-x", ".x", "a b", "a: b", "x<", "x>=", "x<2-a", "x<2-1-1", "x<-1", "x<a:2", ">=1"]
    {
        assert_eq!(rules(&with(&[("depends", array(&[bad]))])).len(), 1, "{bad:?}");
    }
    for bad in ["b>1", "b<=1", "b=", "b=c=1"] {
        assert_eq!(rules(&with(&[("provides", array(&[bad]))])).len(), 1, "{bad:?}");
    }
    for (value, good) in [("a: b", true), ("c>=1:2: d", true), ("a:b", false), ("a : b", false)] {
        let found = rules(&with(&[("optdepends", array(&[value]))]));
        assert_eq!(found.is_empty(), good, "{value:?}");
    }
    assert_eq!(rules(&with(&[("replaces", array(&["-x y", ""]))])), [""; 0]);
}

#[test]
fn every_problem_is_named() {
    let bad = with(&[
        ("pkgname", array(&["-a"])),
        ("pkgbase", string("b c")),
        ("pkgver", string("1:0")),
        ("pkgrel", string("x")),
        ("epoch", string("-1")),
        ("arch", array(&["any", "x86_64"])),
        ("depends", string("glibc")),
        ("url", array(&["x"])),
        ("options", array(&["strip", "!fast"])),
        ("backup", array(&["/etc/a"])),
        ("pkgdesc_x86_64", string("x")),
        ("source_any", array(&["x"])),
    ]);
    assert_eq!(
        rules(&bad),
        [
            "not-an-array",
            "no-such-suffix",
            "no-such-suffix",
            "not-a-string",
            "bad-name",
            "bad-name",
            "bad-version",
            "bad-release",
            "bad-epoch",
            "any-beside-others",
            "unknown-option",
            "backup-slash"
        ]
    );
}

#[test]
fn functions_of_packages_may_not_set_everything() {
    let mut declared = plain();
    let own = [("pkgver", string("2")), ("makedepends", array(&["x"])), ("license", array(&["y"]))];
    let own: BTreeMap<_, _> = own.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
    declared.packages.insert("a".to_owned(), own);
    declared.misfits.insert(("a".to_owned(), "depends".to_owned()));
    assert_eq!(rules(&declared), ["not-an-override", "not-an-override", "not-an-array"]);
}

#[test]
fn an_architecture_counts_only_where_something_is_built() {
    for arch in [array(&[]), array(&["aarch64"])] {
        let declared = with(&[("arch", arch)]);
        assert_eq!(package(&declared, None), []);
        assert_eq!(package(&declared, Some("x86_64")).len(), 1);
    }
}

#[test]
fn packages_need_their_functions() {
    let functions = |names: &[&str], functions: &[&str]| {
        let mut declared = with(&[("pkgname", array(names))]);
        declared.functions = functions.iter().map(ToString::to_string).collect();
        rules(&declared)
    };
    assert_eq!(functions(&["a"], &[]), [""; 0]);
    assert_eq!(functions(&["a"], &["build", "package_a"]), [""; 0]);
    assert_eq!(functions(&["a"], &["build"]), ["missing-package"]);
    assert_eq!(functions(&["a"], &["package", "package_a"]), ["ambiguous-package"]);
    assert_eq!(functions(&["a", "b"], &["package_a"]), ["missing-package"]);
    assert_eq!(
        functions(&["a", "b"], &["package", "package_a", "package_b"]),
        ["ambiguous-package"]
    );
}

#[test]
fn problems_have_places() {
    let text = "pkgname=a # arch=(x)\narch=(any\n  'x86_64' # one\n)\n\nbuild() {\n  depends=(no)\n}\npackage() {\n  depends=('b>=1' \\\n    \"c d\")\n}\nset -eu\n";
    let at = |field: &str, element: Option<&str>, package: Option<&str>| {
        let mut problem = Problem::error("r", field, "m", "r").of(package);
        problem.element = element.map(str::to_owned);
        locate(text, &problem).map(|p| (p.line, p.column, p.length))
    };
    assert_eq!(at("pkgname", Some("a"), None), Some((1, 9, 1)));
    assert_eq!(at("arch", Some("x86_64"), None), Some((3, 3, 8)));
    assert_eq!(at("arch", None, None), Some((2, 1, 4)));
    assert_eq!(at("depends", Some("c d"), Some("a")), Some((11, 5, 5)));
    assert_eq!(at("depends", Some("b>=1"), Some("a")), Some((10, 12, 6)));
    assert_eq!(at("depends", None, None), None);
    assert_eq!(at("build()", None, None), Some((6, 1, 5)));
    assert_eq!(at("package_b()", None, None), Some((1, 1, 7)));
    assert_eq!(at("set -u", None, None), Some((13, 1, 7)));
    assert_eq!(at("url", None, None), None);
}
