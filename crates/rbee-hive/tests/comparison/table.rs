//! The table that people read.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use crate::row::Row;

/// How many lines of differences of one row are shown.
const SHOWN: usize = 12;

/// Where the table is written.
pub(crate) fn file() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("comparison.txt")
}

/// The table, and below it what differs.
pub(crate) fn render(rows: &[Row]) -> String {
    let mut lines = vec![["rule", "recipe", "makepkg", "ours"].map(str::to_owned)];
    for row in rows {
        let mut rules = row.rules.clone();
        rules.dedup();
        let rules: Vec<_> = rules.iter().map(u32::to_string).collect();
        let ours = if row.agrees() { row.ours.clone() } else { format!("DIFFERS ({})", row.ours) };
        let (_, name) = row.name.split_once('-').unwrap();
        lines.push([rules.join(" "), name.to_owned(), row.makepkg.clone(), ours]);
    }
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap();
    let (rule, recipe, makepkg) = (width(0), width(1), width(2));
    let mut text = String::new();
    for [a, b, c, d] in &lines {
        writeln!(text, "{a:<rule$}  {b:<recipe$}  {c:<makepkg$}  {d}").unwrap();
    }
    for row in rows.iter().filter(|row| !row.agrees()) {
        writeln!(text, "\n{}:", row.name).unwrap();
        for line in row.differences.iter().take(SHOWN) {
            writeln!(text, "  {}", line.replace('\n', "\n    ")).unwrap();
        }
        if let Some(more) = row.differences.len().checked_sub(SHOWN + 1) {
            writeln!(text, "  and {} more", more + 1).unwrap();
        }
    }
    let agreeing = rows.iter().filter(|row| row.agrees()).count();
    writeln!(text, "\n{agreeing} of {} recipes: the same as makepkg", rows.len()).unwrap();
    text
}
