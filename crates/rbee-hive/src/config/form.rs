use std::{
    ffi::{OsStr, OsString},
    net::SocketAddr,
    path::PathBuf,
};

/// How a file writes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toml {
    /// A string.
    Text,
    /// A string; one that is a relative path is meant from the file's folder.
    Path,
    /// An integer.
    Integer,
    /// `true` or `false`.
    Switch,
}

/// One value, as every layer gives it: text.
pub(crate) trait Value: Sized {
    /// What a value is, for "it is to be ...".
    const IS: &'static str;
    /// How a file writes it.
    const TOML: Toml = Toml::Text;
    /// All values, where they are few.
    const CHOICES: &'static [&'static str] = &[];
    /// The value, if the text is one.
    fn read(text: &OsStr) -> Option<Self>;
}

/// What a setting gives: one value, perhaps one, or a list.
pub(crate) trait Form: Sized {
    /// What each value of it is.
    type Value: Value;
    /// Whether there may be several.
    const LIST: bool = false;
    /// The setting, from what was found for it: nothing, or texts.
    fn gather(texts: &[OsString]) -> Option<Self>;
}

impl<T: Value> Form for T {
    type Value = T;
    fn gather(texts: &[OsString]) -> Option<Self> {
        T::read(texts.last()?)
    }
}

impl<T: Value> Form for Option<T> {
    type Value = T;
    fn gather(texts: &[OsString]) -> Option<Self> {
        match texts.last() {
            None => Some(None),
            Some(text) => T::read(text).map(Some),
        }
    }
}

impl<T: Value> Form for Vec<T> {
    type Value = T;
    const LIST: bool = true;
    fn gather(texts: &[OsString]) -> Option<Self> {
        texts.iter().flat_map(|text| parts(text)).map(|part| T::read(&part)).collect()
    }
}

/// The parts of a list that is one text: commas part them.
pub(super) fn parts(text: &OsStr) -> Vec<OsString> {
    match text.to_str() {
        None => vec![text.to_owned()],
        Some(text) => {
            text.split(',').map(str::trim).filter(|p| !p.is_empty()).map(OsString::from).collect()
        }
    }
}

impl Value for PathBuf {
    const IS: &'static str = "a path";
    const TOML: Toml = Toml::Path;
    fn read(text: &OsStr) -> Option<Self> {
        Some(Self::from(text))
    }
}

/// A path, or nothing where that is said on purpose.
impl Value for OsString {
    const IS: &'static str = "a path, or nothing";
    const TOML: Toml = Toml::Path;
    fn read(text: &OsStr) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Value for String {
    const IS: &'static str = "text";
    fn read(text: &OsStr) -> Option<Self> {
        text.to_str().map(str::to_owned)
    }
}

impl Value for bool {
    const IS: &'static str = "true or false";
    const TOML: Toml = Toml::Switch;
    const CHOICES: &'static [&'static str] = &["true", "false"];
    fn read(text: &OsStr) -> Option<Self> {
        text.to_str()?.parse().ok()
    }
}

impl Value for u32 {
    const IS: &'static str = "a whole number";
    const TOML: Toml = Toml::Integer;
    fn read(text: &OsStr) -> Option<Self> {
        text.to_str()?.parse().ok()
    }
}

impl Value for std::num::NonZeroUsize {
    const IS: &'static str = "a whole number, at least 1";
    const TOML: Toml = Toml::Integer;
    fn read(text: &OsStr) -> Option<Self> {
        text.to_str()?.parse().ok()
    }
}

impl Value for SocketAddr {
    const IS: &'static str =
        "an address and a port, for example 127.0.0.1:7835, [::1]:7835 or 0.0.0.0:7835";
    fn read(text: &OsStr) -> Option<Self> {
        text.to_str()?.parse().ok()
    }
}

/// A count of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl Value for Size {
    const IS: &'static str = "a size, for example 500MiB, 1GiB or a number of bytes";
    fn read(text: &OsStr) -> Option<Self> {
        let text = text.to_str()?.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let shift = match unit.trim_start().to_ascii_lowercase().as_str() {
            "" | "b" => 0,
            "k" | "kib" => 10,
            "m" | "mib" => 20,
            "g" | "gib" => 30,
            "t" | "tib" => 40,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(1 << shift).map(Self)
    }
}

/// The permissions of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode(pub(crate) u32);

impl Value for Mode {
    const IS: &'static str = "a file's mode in octal digits, for example \"0660\"";
    fn read(text: &OsStr) -> Option<Self> {
        u32::from_str_radix(text.to_str()?, 8).ok().filter(|mode| *mode <= 0o777).map(Self)
    }
}

/// When to write in colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColorWhen {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Value for ColorWhen {
    const IS: &'static str = "auto, always or never";
    const CHOICES: &'static [&'static str] = &["auto", "always", "never"];
    fn read(text: &OsStr) -> Option<Self> {
        match text.to_str()? {
            "auto" => Some(Self::Auto),
            "always" => Some(Self::Always),
            "never" => Some(Self::Never),
            _ => None,
        }
    }
}

/// How the daemon's log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

impl Value for LogFormat {
    const IS: &'static str = "text or json";
    const CHOICES: &'static [&'static str] = &["text", "json"];
    fn read(text: &OsStr) -> Option<Self> {
        match text.to_str()? {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// What the daemon logs: a level, or one for each module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogFilter(pub(crate) String);

impl Value for LogFilter {
    const IS: &'static str = "error, warn, info, debug, trace or off, or MODULE=LEVEL,...";
    fn read(text: &OsStr) -> Option<Self> {
        let text = text.to_str()?;
        let level = |part: &str| {
            !part.is_empty() && part.parse::<tracing_subscriber::filter::LevelFilter>().is_ok()
        };
        let known = text.split(',').all(|directive| match directive.split_once('=') {
            None => level(directive.trim()),
            Some((target, wanted)) => !target.trim().is_empty() && level(wanted.trim()),
        });
        known.then(|| Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes_or_binary_multiples() {
        let read = |text: &str| Size::read(text.as_ref()).map(|size| size.0);
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("1GiB"), Some(1 << 30));
        assert_eq!(read("500 MiB"), Some(500 << 20));
        assert_eq!(read("2k"), Some(2048));
        for wrong in ["", "GiB", "1.5GiB", "-1", "1GB", "99999999999TiB"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn modes_are_octal_and_permissions_only() {
        let read = |text: &str| Mode::read(text.as_ref()).map(|mode| mode.0);
        assert_eq!(read("0660"), Some(0o660));
        assert_eq!(read("600"), Some(0o600));
        assert_eq!(read("0888"), None);
        assert_eq!(read("4755"), None);
    }

    #[test]
    fn a_list_is_parted_by_commas_and_by_repetition() {
        let texts = ["127.0.0.1:1, [::1]:2".into(), "0.0.0.0:3".into()];
        let read = <Vec<SocketAddr> as Form>::gather(&texts).unwrap();
        assert_eq!(read.iter().map(SocketAddr::port).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(<Vec<SocketAddr> as Form>::gather(&["7835".into()]), None);
    }

    #[test]
    fn log_filters_are_levels_with_or_without_a_module() {
        for good in ["info", "OFF", "warn,rbee_hive=debug", "rbee_hive::daemon=trace"] {
            assert!(LogFilter::read(good.as_ref()).is_some(), "{good}");
        }
        for wrong in ["", "loud", "=info", "rbee_hive=loud"] {
            assert!(LogFilter::read(wrong.as_ref()).is_none(), "{wrong}");
        }
    }
}
