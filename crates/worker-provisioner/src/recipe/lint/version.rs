use super::Problem;
use crate::recipe::declared::Declared;

/// `pkgver`, `pkgrel` and `epoch`.
pub(super) fn check(declared: &Declared, problems: &mut Vec<Problem>) {
    problems.extend(pkgver_problem(declared.string("pkgver")));
    problems.extend(pkgrel("pkgrel", declared.string("pkgrel")));
    problems.extend(epoch("epoch", declared.string("epoch")));
}

/// What is wrong with a `pkgver`, whether declared or made by the function `pkgver()`.
pub(crate) fn pkgver_problem(version: &str) -> Option<Problem> {
    pkgver("pkgver", version)
}

/// What is wrong with the version in a dependency: `[epoch:]pkgver[-pkgrel]`.
pub(super) fn full(field: &str, version: &str) -> Option<Problem> {
    let (before, rest) = version.split_once(':').unwrap_or(("", version));
    let (rest, release) = match rest.rsplit_once('-') {
        Some((rest, release)) if !rest.is_empty() => (rest, Some(release)),
        _ => (rest, None),
    };
    epoch(field, before).or_else(|| pkgrel(field, release?)).or_else(|| pkgver(field, rest))
}

fn pkgver(field: &str, version: &str) -> Option<Problem> {
    let bad = |message: String, remedy: &str| {
        Some(Problem::error("bad-version", field, message, remedy).about(version))
    };
    if version.is_empty() {
        let message =
            if field == "pkgver" { "is missing or empty" } else { "has an empty version" };
        bad(message.to_owned(), "write the version, such as 1.0")
    } else if version.contains(|c| matches!(c, ':' | '/' | '-') || is_blank(c)) {
        let message =
            format!("has the version {version:?} with a colon, slash, hyphen or white space");
        bad(message, "put an underscore in its place; what stands before a colon is the epoch")
    } else if !version.is_ascii() {
        bad(format!("has the version {version:?}, which is not ASCII"), "write it in ASCII")
    } else {
        None
    }
}

fn pkgrel(field: &str, release: &str) -> Option<Problem> {
    let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let fits = match release.split_once('.') {
        None => number(release),
        Some((major, minor)) => number(major) && number(minor),
    };
    (!fits).then(|| {
        let message = match release {
            "" if field == "pkgrel" => "is missing or empty".to_owned(),
            _ => format!("has the release {release:?}"),
        };
        Problem::error("bad-release", field, message, "write a number, or N.N: 1").about(release)
    })
}

fn epoch(field: &str, epoch: &str) -> Option<Problem> {
    (!epoch.bytes().all(|b| b.is_ascii_digit())).then(|| {
        let message = format!("has the epoch {epoch:?}");
        Problem::error("bad-epoch", field, message, "write a whole number").about(epoch)
    })
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}
