use crate::source::fragment::{RepositoryUrl, last_component};

/// A folder of a Subversion repository and the revision wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SvnSource {
    /// What svn is given.
    pub(crate) url: String,
    /// The revision, `HEAD` if the recipe names none.
    pub(crate) revision: String,
}

impl SvnSource {
    /// Reads `svn://…` or `svn+TRANSPORT://…`, with `#revision=…`.
    pub(in crate::source) fn parse(url: &str) -> Result<Self, &'static str> {
        let split = RepositoryUrl::split(url)?;
        if split.signed {
            return Err("svn sources cannot be ?signed");
        }
        // svn's own scheme has a `+`, too.
        let url = if split.base.starts_with("svn+ssh://") {
            split.base
        } else {
            let refusal = "svn can be fetched by svn, svn+ssh, svn+https, svn+http or svn+file";
            split.place("svn", &["svn", "http", "https", "file"], refusal)?
        };
        let revision = match split.fragment {
            None => "HEAD",
            Some(("revision", value)) if is_revision(value) => value,
            Some(("revision", _)) => return Err("the #fragment does not name a revision"),
            Some(_) => return Err("the #fragment is not revision="),
        };
        Ok(Self { url: url.to_owned(), revision: revision.to_owned() })
    }

    /// What makepkg calls it.
    pub(in crate::source) fn default_name(&self) -> &str {
        last_component(&self.url)
    }

    /// The revision, if it is a number: then it is the same for ever, as far as the server is honest.
    pub(super) fn number(&self) -> Option<&str> {
        let digits = self.revision.strip_prefix('r').unwrap_or(&self.revision);
        (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
    }
}

/// A number, a keyword or a date in braces; no range.
fn is_revision(value: &str) -> bool {
    !value.is_empty()
        && !value.starts_with('-')
        && (value.starts_with('{') && value.ends_with('}')
            || value.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_and_from_where() {
        for (entry, url, revision) in [
            ("svn://h/x/trunk", "svn://h/x/trunk", "HEAD"),
            ("svn+https://h/x#revision=42", "https://h/x", "42"),
            ("svn+ssh://h/x#revision={2024-01-01}", "svn+ssh://h/x", "{2024-01-01}"),
            ("svn+svn://h/x", "svn://h/x", "HEAD"),
        ] {
            let svn = SvnSource::parse(entry).unwrap();
            assert_eq!((svn.url.as_str(), svn.revision.as_str()), (url, revision), "{entry}");
        }
        for entry in ["svn+https://h/x#revision=1:2", "svn+https://h/x#tag=1", "svn+ext://h/x"] {
            assert!(SvnSource::parse(entry).is_err(), "{entry}");
        }
    }
}
