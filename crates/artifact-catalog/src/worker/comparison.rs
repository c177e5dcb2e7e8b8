//! The order of versions, as pacman has it (vercmp(8)).

use std::cmp::Ordering;

/// Compares two versions `[epoch:]pkgver[-pkgrel]`. A pkgrel counts only if both have one.
///
/// Any text has a place in this order, as it has for pacman: digits and letters are compared in
/// runs, everything else only separates them.
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    let (a, b) = (Parts::of(a), Parts::of(b));
    let release = || match (a.release, b.release) {
        (Some(a), Some(b)) => compare_runs(a, b),
        _ => Ordering::Equal,
    };
    compare_runs(a.epoch, b.epoch)
        .then_with(|| compare_runs(a.version, b.version))
        .then_with(release)
}

struct Parts<'a> {
    epoch: &'a str,
    version: &'a str,
    release: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (epoch, rest) = match text[digits..].strip_prefix(':') {
            Some(rest) if digits > 0 => (&text[..digits], rest),
            Some(rest) => ("0", rest),
            None => ("0", text),
        };
        match rest.rsplit_once('-') {
            Some((version, release)) => Self { epoch, version, release: Some(release) },
            None => Self { epoch, version: rest, release: None },
        }
    }
}

/// Compares run by run: runs of digits as numbers, of letters as text, digits above letters. What
/// has more is later, unless the more begins with a letter: `1.0rc1` comes before `1.0`.
fn compare_runs(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while !a.is_empty() && !b.is_empty() {
        let between = (separators(&mut a), separators(&mut b));
        if a.is_empty() || b.is_empty() {
            break;
        }
        if between.0 != between.1 {
            return between.0.cmp(&between.1);
        }
        let numbers = a[0].is_ascii_digit();
        let is_in_run = if numbers { u8::is_ascii_digit } else { u8::is_ascii_alphabetic };
        let (run_a, run_b) = (run(&mut a, is_in_run), run(&mut b, is_in_run));
        if run_b.is_empty() {
            return if numbers { Ordering::Greater } else { Ordering::Less };
        }
        let order = if numbers { as_numbers(run_a, run_b) } else { run_a.cmp(run_b) };
        if order.is_ne() {
            return order;
        }
    }
    let is_letter = |rest: &[u8]| rest.first().is_some_and(u8::is_ascii_alphabetic);
    match (a.is_empty(), b.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) if !is_letter(b) => Ordering::Less,
        _ if is_letter(a) => Ordering::Less,
        _ => Ordering::Greater,
    }
}

/// Takes everything that is neither a digit nor a letter off the front, and says how much it was.
fn separators(text: &mut &[u8]) -> usize {
    run(text, |byte| !byte.is_ascii_alphanumeric()).len()
}

fn run<'a>(text: &mut &'a [u8], is_in_run: impl Fn(&u8) -> bool) -> &'a [u8] {
    let end = text.iter().position(|byte| !is_in_run(byte)).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    *text = rest;
    run
}

/// Numbers of any length.
fn as_numbers(a: &[u8], b: &[u8]) -> Ordering {
    let strip = |digits: &[u8]| {
        let zeros = digits.iter().take_while(|d| **d == b'0').count();
        digits[zeros..].to_vec()
    };
    let (a, b) = (strip(a), strip(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(&b))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn later_versions_are_greater() {
        for pair in [
            ["1.0", "1.1"],
            ["1.9", "1.10"],
            ["1.0rc1", "1.0"],
            ["1.0a", "1.0b"],
            ["1.0.a", "1.0.1"],
            ["9", "1:0"],
            ["1.0-1", "1.0-2"],
            ["1.0", "1.0."],
            ["b100", "b10605"],
            ["r9.abc", "r10.abc"],
        ] {
            assert_eq!(compare_versions(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare_versions(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        for pair in [["1.0-1", "1.0"], ["01.0", "1.0"], ["0:1", "1"], ["1_0", "1.0"]] {
            assert_eq!(compare_versions(pair[0], pair[1]), Ordering::Equal, "{pair:?}");
        }
    }

    /// Texts made of what versions are made of, some likely and some odd.
    fn texts() -> Vec<String> {
        let mut seed = 20_261_123_u64;
        let mut next = |n: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % n
        };
        let parts = [
            "0", "1", "2", "10", "007", "a", "b", "rc", ".", ".", ".", "_", "+", "..", "-", ":",
            "~",
        ];
        let text = |next: &mut dyn FnMut(usize) -> usize| {
            (0..=next(7)).map(|_| parts[next(parts.len())]).collect::<String>()
        };
        (0..80).map(|_| text(&mut next)).filter(|t| !t.starts_with('-')).collect()
    }

    #[test]
    fn the_order_is_that_of_vercmp() {
        let texts = texts();
        for (number, a) in texts.iter().enumerate() {
            for b in texts.iter().skip(number).step_by(7) {
                let output = Command::new("vercmp").args([a, b]).output().unwrap();
                let told = String::from_utf8(output.stdout).unwrap();
                let wanted = told.trim().parse::<i32>().unwrap().cmp(&0);
                assert_eq!(compare_versions(a, b), wanted, "vercmp {a:?} {b:?}");
            }
        }
    }
}
