use std::{fmt, path::PathBuf};

use url::Url;

use super::{
    SourceError,
    git::GitSource,
    hg::HgSource,
    sums::{Algorithm, Sum},
    svn::SvnSource,
};

/// One entry of a recipe's `source` array, with the sums that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// What it is called in `$srcdir`.
    pub(crate) name: FileName,
    /// The entry as the recipe has it.
    pub(crate) origin: String,
    /// Where it comes from.
    pub(crate) location: Location,
    /// One for each checksum array of the recipe.
    pub(crate) sums: Vec<(Algorithm, Sum)>,
    /// Kinds of sum to compute that there is nothing to compare with.
    pub(crate) asked: Vec<Algorithm>,
    /// It is in `noextract`.
    pub(crate) noextract: bool,
}

/// Where a source comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// Beside the PKGBUILD.
    Local,
    /// `http://` or `https://`.
    Http(Url),
    /// `file://`, an absolute path.
    File(PathBuf),
    /// A git repository.
    Git(GitSource),
    /// A Mercurial repository.
    Hg(HgSource),
    /// A Subversion repository.
    Svn(SvnSource),
    /// Whatever a download agent fetches.
    Agent {
        /// The part before `://`, without what follows a `+`.
        scheme: String,
        /// As written, without `NAME::`.
        url: String,
    },
}

impl Source {
    /// Reads an entry: `[NAME::]FILE`, `[NAME::]URL` or `[NAME::]VCS+URL[#FRAGMENT][?QUERY]`.
    ///
    /// # Errors
    /// If it has no usable file name, or is of a kind that nothing here can fetch.
    /// From PKGBUILD(5), "Using VCS sources", and makepkg's own defaults for the name.
    pub(crate) fn parse(entry: &str) -> Result<Self, SourceError> {
        let (given, url) = split_name(entry);
        let location = Location::parse(entry, url)?;
        let name = match (given, &location) {
            (Some(given), _) => given,
            (None, Location::Git(git)) => git.default_name(),
            (None, Location::Hg(hg)) => hg.default_name(),
            (None, Location::Svn(svn)) => svn.default_name(),
            // As makepkg: a query stays in the name.
            (None, _) => last_component(url),
        };
        let name = FileName::parse(name)
            .map_err(|reason| SourceError::Entry { entry: entry.to_owned(), reason })?;
        Ok(Self {
            name,
            origin: entry.to_owned(),
            location,
            sums: Vec::new(),
            asked: Vec::new(),
            noextract: false,
        })
    }

    /// The entry without `NAME::`.
    pub(crate) fn url(&self) -> &str {
        split_name(&self.origin).1
    }

    /// Whether the recipe fixes every byte of it: a sum that cannot be forged, the full hash of
    /// a commit, or a file of the recipe itself.
    pub(crate) fn pinned(&self) -> bool {
        let summed = |(algorithm, sum): &(Algorithm, Sum)| {
            algorithm.is_strong() && matches!(sum, Sum::Hex(_))
        };
        match &self.location {
            Location::Local => true,
            Location::Git(git) => git.pinned() || self.sums.iter().any(summed),
            Location::Hg(hg) => hg.pinned() || self.sums.iter().any(summed),
            _ => self.sums.iter().any(summed),
        }
    }

    /// Whether verification will compare it with something: a commit's hash, or any sum at all. A
    /// file beside the PKGBUILD needs one too.
    pub(crate) fn vouched_for(&self) -> bool {
        (self.pinned() && self.location != Location::Local)
            || self.sums.iter().any(|(_, sum)| matches!(sum, Sum::Hex(_)))
    }

    /// Its name without the extension of a detached signature, if it has one.
    pub(crate) fn stem(&self) -> Option<&str> {
        let repository =
            matches!(self.location, Location::Git(_) | Location::Hg(_) | Location::Svn(_));
        let name = self.name.as_str();
        let stem =
            [".sig", ".asc", ".sign"].iter().find_map(|extension| name.strip_suffix(extension));
        stem.filter(|stem| !stem.is_empty() && !repository)
    }

    /// Whether it is a detached signature, by its name.
    pub(crate) fn is_signature(&self) -> bool {
        self.stem().is_some()
    }

    /// Whether it is a detached signature of another source, by its name.
    pub(crate) fn is_signature_of(&self, other: &Self) -> bool {
        // A signature may be over the decompressed form: `foo.tar.sign` beside `foo.tar.xz`.
        let rest = self.stem().and_then(|stem| other.name.as_str().strip_prefix(stem));
        rest.is_some_and(|rest| ["", ".gz", ".bz2", ".xz", ".zst", ".lz4"].contains(&rest))
    }

    /// Why it can have no sum, if so: what it names is another thing every day, or there is no tar of
    /// it that everybody makes alike. From makepkg 6.1's NEWS and what it does.
    pub(crate) fn no_sum(&self) -> Option<&'static str> {
        let moving = "a branch that moves";
        match &self.location {
            Location::Git(git) => (!git.reference.has_sum()).then_some(moving),
            Location::Hg(hg) => (!hg.reference.has_sum()).then_some(moving),
            Location::Svn(_) => Some("a working copy of Subversion"),
            _ => None,
        }
    }

    /// Whether it is read from elsewhere on this host, with the hive's rights.
    pub(crate) fn is_of_host(&self) -> bool {
        let is_file = |url: &str| url.starts_with("file:");
        match &self.location {
            Location::Local | Location::Http(_) => false,
            Location::File(_) => true,
            Location::Git(git) => is_file(&git.url),
            Location::Hg(hg) => is_file(&hg.url),
            Location::Svn(svn) => is_file(&svn.url),
            Location::Agent { scheme, .. } => scheme == "file",
        }
    }

    /// The kinds of sum that its content has to be compared with, and those that were asked for.
    pub(super) fn wanted(&self) -> Vec<Algorithm> {
        let hex = self.sums.iter().filter(|(_, sum)| matches!(sum, Sum::Hex(_)));
        hex.map(|(algorithm, _)| algorithm).chain(&self.asked).copied().collect()
    }
}

impl Location {
    fn parse(entry: &str, url: &str) -> Result<Self, SourceError> {
        let refused = |reason| SourceError::Entry { entry: entry.to_owned(), reason };
        let Some((protocol, _)) = url.split_once("://") else {
            return Ok(Self::Local);
        };
        let scheme = protocol.split_once('+').map_or(protocol, |(vcs, _)| vcs);
        match scheme {
            "git" => GitSource::parse(url).map(Self::Git).map_err(refused),
            "hg" => HgSource::parse(url).map(Self::Hg).map_err(refused),
            "svn" => SvnSource::parse(url).map(Self::Svn).map_err(refused),
            "bzr" | "fossil" => {
                Err(SourceError::Unsupported { entry: entry.to_owned(), scheme: scheme.to_owned() })
            }
            "http" | "https" if protocol == scheme => {
                Url::parse(url).map(Self::Http).map_err(|_| refused("the URL cannot be read"))
            }
            "file" if protocol == scheme => Url::parse(url)
                .ok()
                .and_then(|url| url.to_file_path().ok())
                .map(Self::File)
                .ok_or_else(|| refused("a file:// URL needs an absolute path")),
            "" => Err(refused("there is nothing before ://")),
            _ => Ok(Self::Agent { scheme: scheme.to_owned(), url: url.to_owned() }),
        }
    }
}

/// Splits `NAME::REST`. The `::` of an IPv6 address comes after a `://` and is none.
fn split_name(entry: &str) -> (Option<&str>, &str) {
    match entry.split_once("::") {
        Some((name, url)) if !name.contains("://") => (Some(name), url),
        _ => (None, entry),
    }
}

fn last_component(url: &str) -> &str {
    url.rsplit_once('/').map_or(url, |(_, last)| last)
}

/// The name of one file: no `/`, not `.` or `..`, no NUL or line break, 1 to 255 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FileName(String);

impl FileName {
    fn parse(name: &str) -> Result<Self, &'static str> {
        match name {
            "" => Err("it has no file name; give it one with NAME::URL"),
            "." | ".." => Err("its file name is a folder's"),
            _ if name.len() > 255 => Err("its file name is longer than 255 bytes"),
            _ if name.contains(['/', '\0', '\n', '\r']) => {
                Err("its file name has a slash, a line break or a NUL")
            }
            _ => Ok(Self(name.to_owned())),
        }
    }

    /// The name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::git::GitReference;

    fn name(entry: &str) -> String {
        Source::parse(entry).unwrap().name.to_string()
    }

    #[test]
    fn names_are_makepkgs() {
        for (entry, expected) in [
            ("fix.patch", "fix.patch"),
            ("patches/fix.patch", "fix.patch"),
            ("https://example.org/a/foo-1.tar.gz", "foo-1.tar.gz"),
            ("https://example.org/get?file=foo.tgz", "get?file=foo.tgz"),
            ("foo.tgz::https://example.org/download", "foo.tgz"),
            ("http://[::1]:80/foo.tgz", "foo.tgz"),
            ("git+https://example.org/llama.git", "llama"),
            ("git+https://example.org/llama.git/", "llama"),
            ("git+https://example.org/llama.git?signed#tag=v1", "llama"),
            ("src::git+https://example.org/llama.git#tag=v1?signed", "src"),
            ("git://example.org/x/whisper.cpp", "whisper.cpp"),
            ("hg+https://example.org/x/yt-project#tag=1", "yt-project"),
            ("svn+https://example.org/x/trunk/", "trunk"),
            ("npm://node-llama-cpp@3.22.1", "node-llama-cpp@3.22.1"),
            ("npm://@scope/name@1.2", "name@1.2"),
            ("foo.tgz::npm://foo@1.0", "foo.tgz"),
        ] {
            assert_eq!(name(entry), expected, "{entry}");
        }
    }

    #[test]
    fn bad_names_are_refused() {
        let long = format!("{}::https://example.org/x", "a".repeat(256));
        for entry in [
            "",
            "..",
            "https://example.org/",
            "../x::https://example.org/x",
            "::https://example.org/x",
            "a\nb::https://example.org/x",
            &long,
        ] {
            assert!(Source::parse(entry).is_err(), "{entry:?}");
        }
    }

    #[test]
    fn what_lies_elsewhere_on_this_host_is_known() {
        let is_of_host = |entry| Source::parse(entry).unwrap().is_of_host();
        for entry in
            ["file:///etc/shadow", "x::file:///x", "git+file:///x", "hg+file:///x", "svn+file:///x"]
        {
            assert!(is_of_host(entry), "{entry}");
        }
        for entry in ["fix.patch", "https://h/file:", "git+https://h/x", "svn://h/x", "ftp://h/x"] {
            assert!(!is_of_host(entry), "{entry}");
        }
    }

    #[test]
    fn locations() {
        let location = |entry| Source::parse(entry).map(|source| source.location);
        assert_eq!(location("fix.patch").unwrap(), Location::Local);
        assert_eq!(location("file:///a/b%20c").unwrap(), Location::File("/a/b c".into()));
        assert!(matches!(location("https://example.org/x").unwrap(), Location::Http(_)));
        assert_eq!(
            location("ftp://example.org/x").unwrap(),
            Location::Agent { scheme: "ftp".into(), url: "ftp://example.org/x".into() }
        );
        let Location::Git(git) = location("git+https://example.org/x#branch=main").unwrap() else {
            panic!("not git");
        };
        assert_eq!(git.reference, GitReference::Branch("main".into()));
        assert!(matches!(location("hg+https://example.org/x").unwrap(), Location::Hg(_)));
        assert!(matches!(location("svn://example.org/x").unwrap(), Location::Svn(_)));
        assert_eq!(
            location("x::bzr+https://example.org/x").unwrap_err().to_string(),
            "source \"x::bzr+https://example.org/x\": bzr sources are not supported; \
             use git, hg, svn or https"
        );
        assert!(location("file://relative").is_err());
    }

    #[test]
    fn what_vouches_for_a_source() {
        let with = |entry: &str, algorithm, sum| {
            let mut source = Source::parse(entry).unwrap();
            source.sums.push((algorithm, sum));
            (source.pinned(), source.vouched_for())
        };
        let hex = |digits| Sum::Hex("a".repeat(digits));
        let url = "https://example.org/x";
        assert_eq!(with(url, Algorithm::Sha256, hex(64)), (true, true));
        assert_eq!(with(url, Algorithm::Sha256, Sum::Skip), (false, false));
        assert_eq!(with(url, Algorithm::Md5, hex(32)), (false, true));
        assert_eq!(with("local", Algorithm::Sha256, Sum::Skip), (true, false));
        let git = "git+https://example.org/x";
        let commit = format!("{git}#commit={}", "0".repeat(40));
        assert_eq!(with(&commit, Algorithm::Sha256, Sum::Skip), (true, true));
        let short = format!("{git}#commit=0123456");
        assert_eq!(with(&short, Algorithm::Sha256, Sum::Skip), (false, false));
        assert_eq!(with(git, Algorithm::Sha256, Sum::Skip), (false, false));
    }

    #[test]
    fn signatures_belong_to_their_sibling() {
        let source = |name: &str| Source::parse(name).unwrap();
        assert!(source("x.tar.gz.sig").is_signature_of(&source("x.tar.gz")));
        assert!(source("x.tar.sign").is_signature_of(&source("x.tar.xz")));
        assert!(!source("x.tar.sign").is_signature_of(&source("y.tar.xz")));
        assert!(!source("x.tar").is_signature_of(&source("x.tar.xz")));
    }
}
