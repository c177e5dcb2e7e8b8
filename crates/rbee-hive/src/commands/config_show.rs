use std::ffi::OsStr;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::{
    config::{Entry, Flags, Found, Origin, Serving, TABLE},
    error::Error,
    exit::Done,
    session::Session,
    terminal::{Table, stdout},
};

/// `rbee-hive config show`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive config show
  rbee-hive config show --json
  rbee-hive config show --listen 0.0.0.0:7835    what `serve` with this flag would have

Flags come before the environment, that before files, and those before defaults.")]
pub(crate) struct ConfigShow {
    #[command(flatten)]
    flags: Flags<Serving>,
}

/// Every setting, as programs read it.
#[derive(Debug, Serialize)]
struct Document {
    settings: Vec<Shown>,
}

#[derive(Debug, Serialize)]
struct Shown {
    key: &'static str,
    value: Value,
    #[serde(flatten)]
    origin: ShownOrigin,
}

#[derive(Debug, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
enum ShownOrigin {
    Flag { flag: String },
    Environment { variable: &'static str },
    File { file: String, line: usize },
    Default,
}

impl ConfigShow {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let config = session.config().clone().with(&self.flags);
        let found = TABLE.into_iter().map(|entry| (entry, config.found(entry)));
        if session.is_json() {
            let settings = found.map(|(entry, found)| shown(entry, &found)).collect();
            stdout::document(&Document { settings })?;
            return Ok(Done::Well);
        }
        let mut table = Table::new(&["SETTING", "VALUE", "FROM"]);
        for (entry, found) in found {
            let from = match origin(entry, &found.origin) {
                ShownOrigin::Flag { flag } => format!("flag {flag}"),
                ShownOrigin::Environment { variable } => format!("environment {variable}"),
                ShownOrigin::File { file, line } => format!("{file}:{line}"),
                ShownOrigin::Default => "default".to_owned(),
            };
            table.row([entry.key.to_owned(), text(entry, &found), from]);
        }
        stdout::print(&table.render(session.out))?;
        Ok(Done::Well)
    }
}

/// A value as a person reads it. What is secret is only said to be there.
fn text(entry: &Entry, found: &Found) -> String {
    match found.texts.as_slice() {
        [] => entry.told_default().map_or_else(|| "-".to_owned(), |told| format!("({told})")),
        _ if entry.is_secret() => "(not shown)".to_owned(),
        [text] if text.is_empty() => "(none)".to_owned(),
        texts => texts.iter().map(|text| text.to_string_lossy()).collect::<Vec<_>>().join(", "),
    }
}

fn shown(entry: &'static Entry, found: &Found) -> Shown {
    let value = |text: &OsStr| {
        let text = text.to_string_lossy();
        let bare = entry.is_bare().then(|| text.parse().ok()).flatten();
        bare.unwrap_or_else(|| Value::from(text))
    };
    let value = match found.texts.as_slice() {
        [] if !entry.is_list() => Value::Null,
        [..] if entry.is_secret() => Value::from("(not shown)"),
        texts if entry.is_list() => {
            texts.iter().flat_map(|t| entry.parts(t)).map(|t| value(&t)).collect()
        }
        texts => texts.last().map_or(Value::Null, |text| value(text)),
    };
    Shown { key: entry.key, value, origin: origin(entry, &found.origin) }
}

fn origin(entry: &'static Entry, origin: &Origin) -> ShownOrigin {
    match origin {
        Origin::Flag => ShownOrigin::Flag { flag: entry.flag().unwrap_or_default() },
        Origin::Environment => ShownOrigin::Environment { variable: entry.variable },
        Origin::File { path, line } => {
            ShownOrigin::File { file: path.display().to_string(), line: *line }
        }
        Origin::Default => ShownOrigin::Default,
    }
}
