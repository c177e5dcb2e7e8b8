use std::{collections::BTreeMap, ffi::OsString, fmt, marker::PhantomData};

use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches,
    builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser as _, ValueParser},
    parser::ValueSource,
};

use super::{
    setting::{Default, Entry},
    table::TABLE,
};

/// The settings that the command line gives, as text: those that belong to `S`.
#[derive(Clone)]
pub(crate) struct Flags<S> {
    pub(super) given: BTreeMap<&'static str, Vec<OsString>>,
    of: PhantomData<S>,
}

impl<S> fmt::Debug for Flags<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Flags").field(&self.given).finish()
    }
}

/// The settings of every verb.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Everywhere {}

/// The settings of the daemon.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Serving {}

/// Which settings are given together.
pub(crate) trait Scope {
    /// Over their flags in `--help`.
    const HEADING: &'static str;
    /// Whether this is one of them.
    fn has(entry: &Entry) -> bool;
}

impl Scope for Everywhere {
    const HEADING: &'static str = "Global options";
    fn has(entry: &Entry) -> bool {
        !entry.is_of_serve()
    }
}

impl Scope for Serving {
    const HEADING: &'static str = "Settings of the daemon";
    fn has(entry: &Entry) -> bool {
        entry.is_of_serve()
    }
}

impl<S: Scope> Args for Flags<S> {
    fn augment_args(command: Command) -> Command {
        let entries = TABLE.iter().filter(|entry| S::has(entry) && !entry.is_secret());
        entries.fold(command, |command, entry| command.arg(argument(entry, S::HEADING)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: Scope> FromArgMatches for Flags<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let entries = TABLE.iter().filter(|entry| S::has(entry) && !entry.is_secret());
        let given = entries.filter_map(|entry| {
            let id = entry.name();
            let by_hand = matches.value_source(id) == Some(ValueSource::CommandLine);
            let texts = by_hand.then(|| matches.get_raw(id)).flatten()?;
            Some((entry.key, texts.map(OsString::from).collect()))
        });
        Ok(Self { given: given.collect(), of: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn argument(entry: &'static Entry, heading: &'static str) -> Arg {
    let default = match entry.default {
        Default::None => String::new(),
        Default::Value(text) | Default::Told(text) | Default::Found(text, _) => {
            format!(" [default: {text}]")
        }
    };
    let argument = Arg::new(entry.name())
        .long(entry.name().replace('_', "-"))
        .value_name(entry.value_name)
        .help(format!("{} [env: {}]{default}", entry.help, entry.variable))
        .help_heading(heading)
        .global(!entry.is_of_serve())
        .value_parser(parser(entry))
        .action(if entry.list { ArgAction::Append } else { ArgAction::Set });
    if entry.choices == ["true", "false"] {
        // A switch: alone it means yes, and `=false` is for what a file has switched on.
        argument.num_args(0..=1).require_equals(true).default_missing_value("true")
    } else {
        argument
    }
}

fn parser(entry: &'static Entry) -> ValueParser {
    if entry.choices.is_empty() {
        let check = |text: OsString| {
            if entry.takes(&text) { Ok(text) } else { Err(format!("it is to be {}", entry.is)) }
        };
        OsStringValueParser::new().try_map(check).into()
    } else {
        PossibleValuesParser::new(entry.choices).map(OsString::from).into()
    }
}
