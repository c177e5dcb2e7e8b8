use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::Path,
    sync::Arc,
};

use toml::de::{DeTable, DeValue};

use super::{
    Error,
    error::Position,
    form::Toml,
    layers::{Found, Origin},
    setting::Entry,
    table::TABLE,
};

/// What a file of settings has. It is checked as a whole: a key that means nothing, or a value that
/// is none, is an error where it stands.
///
/// # Errors
/// If it cannot be read, is not TOML, or has what no setting takes.
pub(super) fn read(path: &Path) -> Result<BTreeMap<&'static str, Found>, Error> {
    let text = fs_err::read_to_string(path).map_err(Error::Unreadable)?;
    let path: Arc<Path> = std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).into();
    let file = File { path, text: &text };
    let table = DeTable::parse(&text).map_err(|error| Error::Syntax {
        at: file.position(error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })?;
    let mut found = BTreeMap::new();
    file.settings("", table.get_ref(), &mut found)?;
    Ok(found)
}

struct File<'t> {
    path: Arc<Path>,
    text: &'t str,
}

impl File<'_> {
    fn position(&self, offset: usize) -> Position {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Position { path: self.path.to_path_buf(), line, column }
    }

    /// The settings of one table, and of those in it.
    fn settings(
        &self,
        prefix: &str,
        table: &DeTable<'_>,
        found: &mut BTreeMap<&'static str, Found>,
    ) -> Result<(), Error> {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            let within = format!("{key}.");
            let at = self.position(name.span().start);
            if let DeValue::Table(table) = value.get_ref()
                && known().any(|entry| entry.key.starts_with(&within))
            {
                self.settings(&within, table, found)?;
                continue;
            }
            let Some(entry) = known().find(|entry| entry.key == key) else {
                return Err(Error::UnknownKey { at, nearest: nearest(&key), key });
            };
            let line = at.line;
            let texts = self.texts(entry, value.get_ref()).ok_or_else(|| Error::Value {
                name: format!("{}: {key}", self.position(value.span().start)),
                value: self.text[value.span()].to_owned(),
                is: entry.is,
            })?;
            let origin = Origin::File { path: Arc::clone(&self.path), line };
            found.insert(entry.key, Found { texts, origin });
        }
        Ok(())
    }

    /// The texts of a value, if it is one of the setting's.
    fn texts(&self, entry: &Entry, value: &DeValue<'_>) -> Option<Vec<OsString>> {
        if let (true, DeValue::Array(values)) = (entry.list, value) {
            return values.iter().map(|value| self.text_of(entry, value.get_ref())).collect();
        }
        Some(vec![self.text_of(entry, value)?])
    }

    fn text_of(&self, entry: &Entry, value: &DeValue<'_>) -> Option<OsString> {
        let text: OsString = match (entry.toml, value) {
            (Toml::Text, DeValue::String(text)) => text.as_ref().into(),
            (Toml::Path, DeValue::String(text)) => self.path_of(text),
            (Toml::Integer, DeValue::Integer(number)) if number.radix() == 10 => {
                number.as_str().into()
            }
            (Toml::Switch, DeValue::Boolean(yes)) => yes.to_string().into(),
            _ => return None,
        };
        entry.takes(&text).then_some(text)
    }

    /// A path as it is meant: from the file's own folder. A URL stays, and so does nothing.
    fn path_of(&self, text: &str) -> OsString {
        match self.path.parent() {
            Some(folder) if !text.is_empty() && !text.contains("://") => {
                folder.join(text).into_os_string()
            }
            _ => OsStr::new(text).to_owned(),
        }
    }
}

fn known() -> impl Iterator<Item = &'static Entry> {
    TABLE.into_iter().filter(|entry| entry.is_in_files())
}

/// The known key or table that is most like this key, if any is. One that stands in the wrong table
/// is known by its name alone.
fn nearest(key: &str) -> Option<String> {
    let name = key.rsplit('.').next().unwrap_or(key);
    let near = |known: &str| strsim::damerau_levenshtein(key, known);
    let keys = known().map(|entry| {
        let by_name = strsim::damerau_levenshtein(name, entry.name());
        (near(entry.key).min(by_name), entry.key)
    });
    let tables = known().filter_map(|entry| entry.key.rsplit_once('.'));
    let tables = tables.map(|(table, _)| (near(table), table));
    let (distance, nearest) = keys.chain(tables).min_by_key(|(distance, _)| *distance)?;
    (distance <= name.chars().count().max(3) / 3).then(|| nearest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{super::setting::Default, *};

    fn parsed(text: &str) -> Result<BTreeMap<&'static str, Found>, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs_err::write(&file, text).unwrap();
        let place = folder.path().to_str().unwrap().to_owned();
        read(&file).map_err(|error| error.to_string().replace(&place, "FOLDER"))
    }

    #[test]
    fn a_file_gives_texts_and_the_lines_they_stand_in() {
        let found = parsed(
            "index = \"https://hive.example/\"\n[serve]\nlisten = [\"127.0.0.1:1\", \"[::1]:1\"]\nbuilds = 2\n",
        )
        .unwrap();
        let of = |key: &str| {
            let found = &found[key];
            let Origin::File { line, .. } = found.origin else { panic!("{key}") };
            (found.texts.iter().map(|t| t.to_str().unwrap()).collect::<Vec<_>>(), line)
        };
        assert_eq!(of("index"), (vec!["https://hive.example/"], 1));
        assert_eq!(of("serve.listen"), (vec!["127.0.0.1:1", "[::1]:1"], 3));
        assert_eq!(of("serve.builds"), (vec!["2"], 4));
    }

    #[test]
    fn relative_paths_are_meant_from_the_files_folder() {
        let found = parsed("data_dir = \"data\"\nmakepkg_conf = \"\"\n").unwrap();
        let text = |key: &str| found[key].texts[0].to_str().unwrap().to_owned();
        assert!(text("data_dir").ends_with("/data") && text("data_dir").starts_with('/'));
        assert_eq!(text("makepkg_conf"), "");
    }

    #[test]
    fn the_example_has_every_setting_with_its_default() {
        let example = include_str!("../../../../dist/config.toml");
        assert!(parsed(example).unwrap().is_empty());
        let lines = example.lines().map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.split(' ').nth(1) == Some("=") => setting,
            _ => line,
        });
        let found = parsed(&lines.collect::<Vec<_>>().join("\n")).unwrap();
        for entry in known() {
            let found = found.get(entry.key).unwrap_or_else(|| panic!("no {}", entry.key));
            if let Default::Value(default) = entry.default {
                assert_eq!(found.texts, [default], "{}", entry.key);
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let wrong = [
            "dta_dir = \"x\"",
            "[serve]\nbuids = 2",
            "builds = 2",
            "[server]\nbuilds = 2",
            "[serve]\nsomething_else = 2",
            "token = \"secret\"",
            "config = \"other\"",
            "[serve]\n  builds = \"two\"",
            "[serve]\nbuilds = 0",
            "[serve]\nlisten = [\"127.0.0.1:1\", \"localhost\"]",
            "[serve]\nallow_syncdeps = \"yes\"",
            "serve = 1",
            "data_dir = \n",
            "data_dir = \"a\"\ndata_dir = \"b\"",
        ];
        let told: Vec<_> = wrong.iter().map(|text| parsed(text).unwrap_err()).collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
