use std::collections::{BTreeMap, BTreeSet};

use super::{schema, text};

/// A variable as the shell has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    String(String),
    Array(Vec<String>),
}

/// Everything that a recipe declares, before any of it is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    /// The globals, by name; architecture arrays under their suffixed names.
    pub(crate) globals: BTreeMap<String, Value>,
    /// What makepkg.conf sets, by name, as the recipe has left it.
    pub(crate) settings: BTreeMap<String, Value>,
    /// What each package's function assigns, by package and name.
    pub(crate) packages: BTreeMap<String, BTreeMap<String, Value>>,
    /// What a package's function assigns as a string though it is an array, or the reverse: the
    /// package and the name.
    pub(crate) misfits: BTreeSet<(String, String)>,
    /// Arrays with holes: their lowest and highest index.
    pub(crate) holes: BTreeMap<String, (usize, usize)>,
    /// The recipe's functions, as far as makepkg calls them.
    pub(crate) functions: BTreeSet<String>,
    /// The shell's options that the recipe left set, as `$-` has them.
    pub(crate) shell_options: String,
    /// What the recipe wrote to its standard output, while it was read and when the shell ended.
    pub(crate) noise: [String; 2],
}

/// Why the bridge's output could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The recipe's last command failed.
    Failed(String),
    /// The recipe left before the bridge was done, for instance through `exit`.
    Left,
    /// The recipe wrote to the bridge's descriptor.
    Garbled,
    /// A file of the settings failed: its name and the status.
    Settings(String, String),
}

impl Declared {
    /// Reads what `bridge.sh` wrote.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        Self::parse_head(bytes).map(|(declared, _)| declared)
    }

    /// Reads records up to their end. Returns what stands after it, too.
    pub(crate) fn parse_head(bytes: &[u8]) -> Result<(Self, &[u8]), Unreadable> {
        let mut declared = Self::default();
        let mut fields = Fields(bytes);
        loop {
            let Some(record) = fields.next() else { return Err(Unreadable::Left) };
            let read = match record.as_str() {
                "S" => fields.string().map(|(name, v)| _ = declared.globals.insert(name, v)),
                "A" => fields.array().map(|(name, v)| _ = declared.globals.insert(name, v)),
                "K" => fields.hole().map(|(name, hole)| _ = declared.holes.insert(name, hole)),
                "C" => fields.string().map(|(name, v)| _ = declared.settings.insert(name, v)),
                "c" => fields.array().map(|(name, v)| _ = declared.settings.insert(name, v)),
                "s" => fields.next().zip(fields.string()).map(|(p, v)| declared.own(p, v)),
                "a" => fields.next().zip(fields.array()).map(|(p, v)| declared.own(p, v)),
                "O" => fields.next().map(|options| declared.shell_options = options),
                "F" => fields.next().map(|name| _ = declared.functions.insert(name)),
                "X" => return Err(Unreadable::Failed(fields.next().unwrap_or_default())),
                "M" => {
                    let (name, status) = (fields.next(), fields.next());
                    return Err(Unreadable::Settings(
                        name.unwrap_or_default(),
                        status.unwrap_or_default(),
                    ));
                }
                "E" => return Ok((declared, fields.0)),
                _ => None,
            };
            if read.is_none() {
                // Without a whole field left, it was cut off.
                let cut = !fields.0.contains(&0);
                return Err(if cut { Unreadable::Left } else { Unreadable::Garbled });
            }
        }
    }

    /// Keeps what the function of a package assigns.
    fn own(&mut self, package: String, (name, value): (String, Value)) {
        let plain = name.split('_').next().unwrap_or(&name);
        let fits = match &value {
            Value::String(_) => schema::is_string(plain),
            Value::Array(_) => schema::is_array(plain),
        };
        if fits {
            self.packages.entry(package).or_default().insert(name, value);
        } else {
            self.misfits.insert((package, name));
        }
    }

    /// A global or a setting.
    fn value(&self, name: &str) -> Option<&Value> {
        self.globals.get(name).or_else(|| self.settings.get(name))
    }

    /// A global string, or one of makepkg.conf; of an array, the element 0, as the shell has it.
    /// Empty if unset.
    pub(crate) fn string(&self, name: &str) -> &str {
        match self.value(name) {
            Some(Value::String(value)) => value,
            Some(Value::Array(_)) if self.holes.get(name).is_some_and(|(first, _)| *first > 0) => {
                ""
            }
            Some(Value::Array(values)) => values.first().map_or("", String::as_str),
            None => "",
        }
    }

    /// A global array, or one of makepkg.conf; a string is an array of one. Empty if unset.
    pub(crate) fn array(&self, name: &str) -> &[String] {
        self.value(name).map_or(&[], Value::as_slice)
    }

    /// A global array together with the one of this architecture.
    pub(crate) fn array_for(&self, name: &str, architecture: &str) -> Vec<String> {
        let named = self.array("arch").iter().any(|a| a == architecture);
        let own = if named { self.array(&format!("{name}_{architecture}")) } else { &[] };
        self.array(name).iter().chain(own).cloned().collect()
    }

    /// The names of the packages that the recipe makes.
    pub(crate) fn package_names(&self) -> &[String] {
        self.array("pkgname")
    }

    /// The names of install scripts and changelogs, of the whole and of its packages.
    pub(crate) fn scripts(&self) -> Vec<String> {
        let own = self.packages.values();
        let all = own.chain([&self.globals]).flat_map(|variables| {
            ["install", "changelog"].into_iter().filter_map(|name| variables.get(name))
        });
        all.flat_map(Value::as_slice).filter(|name| !name.is_empty()).cloned().collect()
    }

    /// `pkgbase`, or the first `pkgname`.
    pub(crate) fn base_name(&self) -> &str {
        match self.string("pkgbase") {
            "" => self.string("pkgname"),
            base => base,
        }
    }

    /// `[epoch:]pkgver-pkgrel`, where an epoch of 0 is none.
    pub(crate) fn full_version(&self) -> String {
        let version = format!("{}-{}", self.string("pkgver"), self.string("pkgrel"));
        match self.string("epoch") {
            "" | "0" => version,
            epoch => format!("{epoch}:{version}"),
        }
    }

    /// The time that everything in its packages is from.
    pub(crate) fn source_date_epoch(&self) -> i64 {
        self.string("SOURCE_DATE_EPOCH").parse().unwrap_or_default()
    }

    /// The same recipe with the variables and settings as a package's function has left them.
    pub(crate) fn overridden_by(&self, function: Self) -> Self {
        let mut all = self.clone();
        all.globals.extend(function.globals);
        all.settings.extend(function.settings);
        all
    }

    /// Whether the recipe has this function.
    pub(crate) fn has_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }
}

impl Value {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Self::String(value) => std::slice::from_ref(value),
            Self::Array(values) => values,
        }
    }
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    /// The next NUL-terminated field.
    fn next(&mut self) -> Option<String> {
        let end = self.0.iter().position(|b| *b == 0)?;
        let field = text::decode(&self.0[..end]);
        self.0 = &self.0[end + 1..];
        Some(field)
    }

    fn string(&mut self) -> Option<(String, Value)> {
        Some((self.next()?, Value::String(self.next()?)))
    }

    fn hole(&mut self) -> Option<(String, (usize, usize))> {
        Some((self.next()?, (self.next()?.parse().ok()?, self.next()?.parse().ok()?)))
    }

    fn array(&mut self) -> Option<(String, Value)> {
        let name = self.next()?;
        let count: usize = self.next()?.parse().ok()?;
        // No allocation by a count that the recipe may have forged.
        let values: Option<Vec<String>> = (0..count).map(|_| self.next()).collect();
        Some((name, Value::Array(values?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_become_variables() {
        let bytes =
            b"S\0pkgver\x001.0\0A\0pkgname\x002\0a\0b\0a\0a\0depends\x001\0x\0F\0build\0E\0";
        let declared = Declared::parse(bytes).unwrap();
        assert_eq!(declared.package_names(), ["a", "b"]);
        assert_eq!(declared.string("pkgver"), "1.0");
        assert_eq!(declared.packages["a"]["depends"].as_slice(), ["x"]);
        assert!(declared.has_function("build"));
    }

    #[test]
    fn a_recipe_that_leaves_fails_or_garbles_is_told_apart() {
        assert_eq!(Declared::parse(b""), Err(Unreadable::Left));
        assert_eq!(Declared::parse(b"S\0pkgver\x001"), Err(Unreadable::Left));
        assert_eq!(Declared::parse(b"X\x003\0E\0"), Err(Unreadable::Failed("3".to_owned())));
        assert_eq!(Declared::parse(b"oops\0E\0"), Err(Unreadable::Garbled));
        assert_eq!(Declared::parse(b"A\0x\x0018446744073709551615\0v\0"), Err(Unreadable::Left));
    }
}
