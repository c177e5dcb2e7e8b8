use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr};

use url::Url;

/// Which index recipes are looked up in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum IndexLocation {
    /// The recipes that came with this program.
    #[default]
    Embedded,
    /// A folder of `<name>/PKGBUILD`.
    Folder(PathBuf),
    /// An HTTP catalog: `GET /workers`, `/workers/{id}`, `/workers/{id}/PKGBUILD` and the recipe's
    /// local files beside it.
    Http(Url),
    /// One recipe: a PKGBUILD or the folder that holds one.
    Recipe(PathBuf),
}

impl FromStr for IndexLocation {
    type Err = Infallible;

    /// A URL of `http` or `https`; anything else is a folder.
    fn from_str(s: &str) -> Result<Self, Infallible> {
        let url = Url::parse(s).ok().filter(|u| matches!(u.scheme(), "http" | "https"));
        Ok(url.map_or_else(|| Self::Folder(s.into()), Self::Http))
    }
}

impl fmt::Display for IndexLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("the built-in recipes"),
            Self::Folder(path) | Self::Recipe(path) => path.display().fmt(f),
            Self::Http(url) => url.fmt(f),
        }
    }
}
