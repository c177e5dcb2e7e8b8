use std::{
    ffi::{OsStr, OsString},
    fmt,
    marker::PhantomData,
};

use super::form::{Form, Toml, Value, parts};

/// A setting, by which its value is asked for.
pub(crate) struct Setting<T> {
    pub(super) entry: Entry,
    gives: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Setting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Setting").field(&self.entry.key).finish()
    }
}

/// A setting's line of the table, whatever it gives.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its name in a file, with its table: `serve.listen`.
    pub(crate) key: &'static str,
    /// The environment's name for it.
    pub(crate) variable: &'static str,
    /// What stands for the value in `--help`.
    pub(super) value_name: &'static str,
    /// What it is.
    pub(super) help: &'static str,
    /// What it is if nobody says anything.
    pub(super) default: Default,
    /// Which layers have it.
    pub(super) places: Places,
    /// Whether set to nothing is something else than not set.
    pub(super) may_be_empty: bool,
    pub(super) toml: Toml,
    pub(super) list: bool,
    pub(super) choices: &'static [&'static str],
    pub(super) is: &'static str,
    readable: fn(&OsStr) -> bool,
}

/// What a setting is if nobody says anything.
#[derive(Debug, Clone, Copy)]
pub(super) enum Default {
    /// Nothing.
    None,
    /// This.
    Value(&'static str),
    /// What this finds; and how `--help` tells that.
    Found(&'static str, fn() -> Option<OsString>),
    /// What this text tells, and code elsewhere does.
    Told(&'static str),
}

/// Which layers have a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    /// All.
    All,
    /// A file is not named by a file.
    NotFile,
    /// Secrets are in no file that others may read, nor among a process's arguments. Never shown.
    SecretVariable,
}

impl<T: Form> Setting<T> {
    /// A setting that has no value by default.
    pub(super) const fn new(
        key: &'static str,
        variable: &'static str,
        value_name: &'static str,
        help: &'static str,
    ) -> Self {
        let entry = Entry {
            key,
            variable,
            value_name,
            help,
            default: Default::None,
            places: Places::All,
            may_be_empty: false,
            toml: T::Value::TOML,
            list: T::LIST,
            choices: T::Value::CHOICES,
            is: T::Value::IS,
            readable: |text| T::Value::read(text).is_some(),
        };
        Self { entry, gives: PhantomData }
    }

    /// The environment's name for it.
    pub(crate) fn variable(&self) -> &'static str {
        self.entry.variable
    }

    pub(super) const fn default(mut self, default: Default) -> Self {
        self.entry.default = default;
        self
    }

    pub(super) const fn only_in(mut self, places: Places) -> Self {
        self.entry.places = places;
        self
    }

    pub(super) const fn may_be_empty(mut self) -> Self {
        self.entry.may_be_empty = true;
        self
    }
}

impl Entry {
    /// Its name in its table: `listen`.
    pub(super) fn name(&self) -> &'static str {
        self.key.rsplit('.').next().unwrap_or(self.key)
    }

    /// Whether it is one of the daemon's alone.
    pub(super) fn is_of_serve(&self) -> bool {
        self.key.starts_with("serve.")
    }

    /// Whether nobody is shown its value.
    pub(crate) fn is_secret(&self) -> bool {
        self.places == Places::SecretVariable
    }

    /// Its flag, with dashes, if it has one.
    pub(crate) fn flag(&self) -> Option<String> {
        (!self.is_secret()).then(|| format!("--{}", self.name().replace('_', "-")))
    }

    /// Whether there may be several values.
    pub(crate) fn is_list(&self) -> bool {
        self.list
    }

    /// Whether a file writes it as a number or as `true` and `false`.
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self.toml, Toml::Integer | Toml::Switch)
    }

    /// What it is if nobody says anything, where that is more than a value.
    pub(crate) fn told_default(&self) -> Option<&'static str> {
        match self.default {
            Default::Told(told) => Some(told),
            Default::None | Default::Value(_) | Default::Found(..) => None,
        }
    }

    /// The values that one text of a list has.
    #[expect(clippy::unused_self, reason = "a setting knows how it is written")]
    pub(crate) fn parts(&self, text: &OsStr) -> Vec<OsString> {
        parts(text)
    }

    /// Whether a text is one of its values, or for a list some of them.
    pub(super) fn takes(&self, text: &OsStr) -> bool {
        if self.list {
            parts(text).iter().all(|part| (self.readable)(part))
        } else {
            (self.readable)(text)
        }
    }
}
