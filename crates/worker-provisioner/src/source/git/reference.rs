use std::fmt;

use crate::source::fragment::{RepositoryUrl, last_component};

/// A git repository and the commit wanted from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GitSource {
    /// What git is given: without `git+`, fragment and query.
    pub(crate) url: String,
    /// Which commit.
    pub(crate) reference: GitReference,
    /// `?signed`: the tag or commit has to carry a trusted signature.
    pub(crate) signed: bool,
}

/// Which commit of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GitReference {
    /// The tip of the repository's default branch.
    Default,
    /// The tip of a branch.
    Branch(String),
    /// A tag.
    Tag(String),
    /// A commit's hash, or an abbreviation of it.
    Commit(String),
}

impl GitSource {
    /// Reads `git+TRANSPORT://…` or `git://…`, with `#KEY=VALUE` and `?signed` in either order.
    pub(in crate::source) fn parse(url: &str) -> Result<Self, &'static str> {
        let split = RepositoryUrl::split(url)?;
        let transports = ["git", "http", "https", "ssh", "file"];
        let refusal = "git can be fetched by https, http, ssh, git or file";
        Ok(Self {
            url: split.place("git", &transports, refusal)?.to_owned(),
            reference: GitReference::parse(split.fragment)?,
            signed: split.signed,
        })
    }

    /// What makepkg calls it: the last component up to `.git`.
    pub(in crate::source) fn default_name(&self) -> &str {
        let last = last_component(&self.url);
        last.split_once(".git").map_or(last, |(name, _)| name)
    }

    /// Whether the reference is a commit's full hash, which fixes every byte.
    pub(crate) fn pinned(&self) -> bool {
        matches!(&self.reference, GitReference::Commit(commit) if is_full_hash(commit))
    }
}

impl GitReference {
    fn parse(fragment: Option<(&str, &str)>) -> Result<Self, &'static str> {
        let Some((key, value)) = fragment else { return Ok(Self::Default) };
        if !is_ref_name(value) {
            return Err("the #fragment does not name a branch, tag or commit");
        }
        match key {
            "branch" => Ok(Self::Branch(value.to_owned())),
            "tag" => Ok(Self::Tag(value.to_owned())),
            "commit" => Ok(Self::Commit(value.to_owned())),
            _ => Err("the #fragment is not branch=, tag= or commit="),
        }
    }

    /// Whether what it names is told by its name, so that a recipe can have a sum for it. As makepkg,
    /// a tag is, though it can be moved: then the sum no longer fits.
    pub(crate) fn has_sum(&self) -> bool {
        matches!(self, Self::Tag(_) | Self::Commit(_))
    }

    /// The revision in a mirror that has the remote's own ref names.
    pub(in crate::source) fn revision(&self) -> String {
        match self {
            Self::Default => "HEAD".to_owned(),
            Self::Branch(name) => format!("refs/heads/{name}"),
            Self::Tag(name) => format!("refs/tags/{name}"),
            Self::Commit(commit) => commit.clone(),
        }
    }
}

impl fmt::Display for GitReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default branch"),
            Self::Branch(name) => write!(f, "branch {name}"),
            Self::Tag(name) => write!(f, "tag {name}"),
            Self::Commit(commit) => write!(f, "commit {commit}"),
        }
    }
}

fn is_full_hash(commit: &str) -> bool {
    matches!(commit.len(), 40 | 64) && commit.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A subset of git-check-ref-format(1) that can be neither an option nor an expression.
fn is_ref_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['-', '/', '.'])
        && !name.ends_with(['/', '.'])
        && !name.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c))
        && !name.contains("..")
        && !name.contains("@{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragment_and_query_in_either_order() {
        let tag = GitReference::Tag("v1".into());
        for (url, reference, signed) in [
            ("git+https://h/x", GitReference::Default, false),
            ("git+https://h/x#tag=v1", tag.clone(), false),
            ("git+https://h/x#tag=v1?signed", tag.clone(), true),
            ("git+https://h/x?signed#tag=v1", tag.clone(), true),
            ("git+https://h/x?signed/#tag=v1", tag, true),
        ] {
            let source = GitSource::parse(url).unwrap();
            assert_eq!(source.url, "https://h/x");
            assert_eq!((source.reference, source.signed), (reference, signed), "{url}");
        }
        assert_eq!(GitSource::parse("git://h/x").unwrap().url, "git://h/x");
    }

    #[test]
    fn what_could_be_an_option_or_another_program_is_refused() {
        for url in [
            "git+ext://sh -c x",
            "git+https://h/x#tag=--upload-pack=x",
            "git+https://h/x#commit=HEAD@{1}",
            "git+https://h/x#commit=a..b",
            "git+https://h/x#revision=1",
            "git+https://h/x#tag=a#tag=b",
            "git+https://h/x#v1",
        ] {
            assert!(GitSource::parse(url).is_err(), "{url}");
        }
    }
}
