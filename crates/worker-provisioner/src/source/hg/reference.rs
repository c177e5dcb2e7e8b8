use std::fmt;

use crate::source::fragment::{RepositoryUrl, last_component};

/// A Mercurial repository and the revision wanted from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HgSource {
    /// What hg is given: without `hg+`, fragment and query.
    pub(crate) url: String,
    /// Which revision.
    pub(crate) reference: HgReference,
}

/// Which revision of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HgReference {
    /// What the bookmark `@` is at, or else the tip of the branch `default`.
    Default,
    /// The tip of a branch.
    Branch(String),
    /// A node's hash, an abbreviation of it, or a number.
    Revision(String),
    /// A tag.
    Tag(String),
}

impl HgSource {
    /// Reads `hg+TRANSPORT://…`.
    pub(in crate::source) fn parse(url: &str) -> Result<Self, &'static str> {
        let split = RepositoryUrl::split(url)?;
        if split.signed {
            return Err("hg sources cannot be ?signed");
        }
        let refusal = "hg can be fetched by hg+https, hg+http, hg+ssh or hg+file";
        let url = split.place("hg", &["http", "https", "ssh", "file"], refusal)?.to_owned();
        Ok(Self { url, reference: HgReference::parse(split.fragment)? })
    }

    /// What makepkg calls it.
    pub(in crate::source) fn default_name(&self) -> &str {
        last_component(&self.url)
    }

    /// Whether the reference is a node's full hash, which fixes every byte.
    pub(crate) fn pinned(&self) -> bool {
        let full = |node: &str| node.len() == 40 && node.bytes().all(|b| b.is_ascii_hexdigit());
        matches!(&self.reference, HgReference::Revision(node) if full(node))
    }
}

impl HgReference {
    fn parse(fragment: Option<(&str, &str)>) -> Result<Self, &'static str> {
        let Some((key, value)) = fragment else { return Ok(Self::Default) };
        if value.is_empty() || value.starts_with('-') {
            return Err("the #fragment does not name a branch, revision or tag");
        }
        match key {
            "branch" => Ok(Self::Branch(value.to_owned())),
            "revision" => Ok(Self::Revision(value.to_owned())),
            "tag" => Ok(Self::Tag(value.to_owned())),
            _ => Err("the #fragment is not branch=, revision= or tag="),
        }
    }

    /// What hg is asked for, the first that it knows.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::Default => vec!["@", "default"],
            Self::Branch(name) | Self::Revision(name) | Self::Tag(name) => vec![name],
        }
    }

    /// Whether a recipe can have a sum for it, as makepkg has it.
    pub(crate) fn has_sum(&self) -> bool {
        matches!(self, Self::Tag(_) | Self::Revision(_))
    }
}

impl fmt::Display for HgReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default branch"),
            Self::Branch(name) => write!(f, "branch {name}"),
            Self::Revision(name) => write!(f, "revision {name}"),
            Self::Tag(name) => write!(f, "tag {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_and_from_where() {
        let hg = HgSource::parse("hg+https://h/x#tag=1.0").unwrap();
        assert_eq!(hg.url, "https://h/x");
        assert_eq!(hg.reference, HgReference::Tag("1.0".into()));
        assert!(!hg.pinned());
        let node = format!("hg+ssh://h/x#revision={}", "a".repeat(40));
        assert!(HgSource::parse(&node).unwrap().pinned());
        for url in ["hg://h/x", "hg+https://h/x#commit=a", "hg+https://h/x#tag=--config=x"] {
            assert!(HgSource::parse(url).is_err(), "{url}");
        }
    }
}
