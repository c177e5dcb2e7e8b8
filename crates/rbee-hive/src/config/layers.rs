use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

use rbee_hive_worker_catalog::{Folders, IndexLocation};

use super::{
    Error, Flags, Token, environment, file,
    form::{Form, Value as _},
    setting::{Default, Entry, Places, Setting},
    table::{CACHE_DIR, CONFIG, DATA_DIR, INDEX, TABLE, TOKEN, TOKEN_FILE},
};

/// What every layer says, the upper ones over the lower ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config {
    found: BTreeMap<&'static str, Found>,
}

/// What was found for a setting. Not to be shown where the setting is a secret.
#[derive(Clone)]
pub(crate) struct Found {
    /// One text, or several for a list.
    pub(crate) texts: Vec<OsString>,
    /// Where.
    pub(crate) origin: Origin,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The command line.
    Flag,
    /// The environment.
    Environment,
    /// A file.
    File {
        /// Which.
        path: Arc<Path>,
        /// Where in it, from 1.
        line: usize,
    },
    /// Nowhere.
    Default,
}

impl Config {
    /// What the flags, the environment and the files say.
    ///
    /// # Errors
    /// If a file that was named is not there, or a file has what cannot be used.
    pub(crate) fn read<S>(flags: &Flags<S>) -> Result<Self, Error> {
        let mut above = Self::default();
        above.add_environment();
        let above = above.with(flags);
        let mut config = Self::default();
        for path in above.files()? {
            config.found.extend(file::read(&path)?);
        }
        config.found.extend(above.found);
        Ok(config)
    }

    /// What the flags and the environment say, where the files cannot be read.
    pub(crate) fn without_files<S>(flags: &Flags<S>) -> Self {
        let mut config = Self::default();
        config.add_environment();
        config.with(flags)
    }

    /// The same with more flags over it.
    pub(crate) fn with<S>(mut self, flags: &Flags<S>) -> Self {
        for (key, texts) in &flags.given {
            let found = Found { texts: texts.clone(), origin: Origin::Flag };
            self.found.insert(key, found);
        }
        self
    }

    fn add_environment(&mut self) {
        for entry in TABLE {
            let read = if entry.may_be_empty { environment::set } else { environment::variable };
            if let Some(text) = read(entry.variable) {
                let found = Found { texts: vec![text], origin: Origin::Environment };
                self.found.insert(entry.key, found);
            }
        }
    }

    /// The files to read, the upper ones last.
    fn files(&self) -> Result<Vec<PathBuf>, Error> {
        if let Some(named) = self.get(&CONFIG)? {
            let path = PathBuf::from(named);
            return match fs_err::metadata(&path) {
                _ if path.as_os_str().is_empty() => Ok(Vec::new()),
                Err(e) if e.kind() == ErrorKind::NotFound => Err(Error::NoFile { path }),
                Err(e) => Err(Error::Unreadable(e)),
                Ok(_) => Ok(vec![path]),
            };
        }
        let home = environment::variable("HOME").map(|home| PathBuf::from(home).join(".config"));
        let user = environment::variable("XDG_CONFIG_HOME").map(PathBuf::from);
        let user = user.filter(|path| path.is_absolute()).or(home);
        let folders = [Some(PathBuf::from("/etc")), user].into_iter().flatten();
        let files = folders.map(|folder| folder.join("rbee/config.toml"));
        Ok(files.filter(|file| file.exists()).collect())
    }

    /// What was found for a setting, its default too, as text.
    pub(crate) fn found(&self, entry: &Entry) -> Found {
        self.found.get(entry.key).cloned().unwrap_or_else(|| {
            let text = match entry.default {
                Default::None | Default::Told(_) => None,
                Default::Value(text) => Some(text.into()),
                Default::Found(_, find) => find(),
            };
            Found { texts: text.into_iter().collect(), origin: Origin::Default }
        })
    }

    /// Whether any layer has a setting.
    pub(crate) fn is_set<T>(&self, setting: &Setting<T>) -> bool {
        self.found.contains_key(setting.entry.key)
    }

    /// What the command line has for a setting, as text.
    pub(crate) fn flag<T>(&self, setting: &Setting<T>) -> Option<&OsStr> {
        let found = self.found.get(setting.entry.key)?;
        (found.origin == Origin::Flag).then(|| found.texts.last().map(OsString::as_os_str))?
    }

    /// The value of a setting.
    ///
    /// # Errors
    /// If what the uppermost layer has is no value of it.
    pub(crate) fn get<T: Form>(&self, setting: &Setting<T>) -> Result<T, Error> {
        let entry = &setting.entry;
        let found = self.found(entry);
        T::gather(&found.texts).ok_or_else(|| {
            let texts: Vec<_> = found.texts.iter().map(|text| text.to_string_lossy()).collect();
            let value = if entry.is_secret() {
                "not text".to_owned()
            } else {
                format!("{:?}", texts.join(","))
            };
            Error::Value { name: entry.called(&found.origin), value, is: T::Value::IS }
        })
    }

    /// Where the hive's files are.
    ///
    /// # Errors
    /// If neither the layers nor the environment tell.
    pub(crate) fn folders(&self) -> Result<Folders, crate::error::Error> {
        match (self.get(&DATA_DIR)?, self.get(&CACHE_DIR)?) {
            (Some(data), Some(cache)) => Ok(Folders::new(data, cache)),
            _ => Folders::from_env().map_err(|e| crate::error::Error::Folders(e.into())),
        }
    }

    /// Where recipes come from.
    ///
    /// # Errors
    /// Never yet: a folder's path is told from a URL by its form.
    pub(crate) fn index(&self) -> Result<IndexLocation, Error> {
        let named = self.get(&INDEX)?.map(|named| named.to_string_lossy().into_owned());
        Ok(named.map_or_else(IndexLocation::default, |named| match named.parse() {
            Ok(location) => location,
        }))
    }

    /// The secret that a daemon asks for, if there is one: from the file that a flag names, else
    /// `HIVE_TOKEN`, else the file that a lower layer names.
    ///
    /// # Errors
    /// If the file cannot be read, or it is none that can be used.
    pub(crate) fn token(&self) -> Result<Option<Token>, Error> {
        let named = self.get(&TOKEN_FILE)?;
        let by_flag = self.flag(&TOKEN_FILE).is_some();
        match (self.get(&TOKEN)?, named) {
            (Some(token), None) => Token::new(&token, TOKEN.entry.variable).map(Some),
            (Some(token), Some(_)) if !by_flag => {
                Token::new(&token, TOKEN.entry.variable).map(Some)
            }
            (_, Some(file)) => Token::read(&file).map(Some),
            (None, None) => Ok(None),
        }
    }
}

impl Entry {
    /// The setting as its layer calls it.
    fn called(&self, origin: &Origin) -> String {
        match origin {
            Origin::Flag => self.flag().unwrap_or_else(|| self.key.to_owned()),
            Origin::Environment => self.variable.to_owned(),
            Origin::File { path, line } => format!("{}:{line}: {}", path.display(), self.key),
            Origin::Default => self.key.to_owned(),
        }
    }

    /// Whether a file may have it.
    pub(super) fn is_in_files(&self) -> bool {
        self.places == Places::All
    }
}
