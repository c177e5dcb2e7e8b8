use std::path::{Path, PathBuf};

/// Where the hive keeps its files.
///
/// Data is what is installed; the cache can be deleted at any time and loses nothing that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    data: PathBuf,
    cache: PathBuf,
}

/// Neither a folder variable nor a home folder is set.
#[derive(Debug, thiserror::Error)]
#[error("no folder for the hive's {what}: set {variable} or HOME")]
pub struct NoFolder {
    what: &'static str,
    variable: &'static str,
}

impl Folders {
    /// These two folders. They are created when they are first written to.
    pub fn new(data: impl Into<PathBuf>, cache: impl Into<PathBuf>) -> Self {
        Self { data: absolute(data.into()), cache: absolute(cache.into()) }
    }

    /// `$HIVE_DATA_DIR` or `$XDG_DATA_HOME/rbee` or `~/.local/share/rbee`, and `$HIVE_CACHE_DIR` or
    /// `$XDG_CACHE_HOME/rbee` or `~/.cache/rbee` (the XDG base directory specification).
    ///
    /// # Errors
    /// If none of the three is set for one of them.
    pub fn from_env() -> Result<Self, NoFolder> {
        let data = from_env("HIVE_DATA_DIR", "XDG_DATA_HOME", ".local/share")
            .ok_or(NoFolder { what: "data", variable: "HIVE_DATA_DIR" })?;
        let cache = from_env("HIVE_CACHE_DIR", "XDG_CACHE_HOME", ".cache")
            .ok_or(NoFolder { what: "cache", variable: "HIVE_CACHE_DIR" })?;
        Ok(Self::new(data, cache))
    }

    /// The folder of what is installed.
    pub fn data(&self) -> &Path {
        &self.data
    }
    /// The folder of what can be fetched or built again.
    pub fn cache(&self) -> &Path {
        &self.cache
    }
    /// The immutable objects, one folder each.
    pub fn store(&self) -> PathBuf {
        self.data.join("store")
    }
    /// The database of what is installed.
    pub fn catalog(&self) -> PathBuf {
        self.data.join("catalog.db")
    }
    /// A folder for each job, with its log.
    pub fn jobs(&self) -> PathBuf {
        self.data.join("jobs")
    }
    /// The lock files that processes agree by.
    pub fn locks(&self) -> PathBuf {
        self.data.join("locks")
    }
    /// Fetched files and mirrors of repositories.
    pub fn sources(&self) -> PathBuf {
        self.cache.join("sources")
    }
    /// Recipes fetched from a remote index.
    pub fn recipes(&self) -> PathBuf {
        self.cache.join("recipes")
    }
    /// Packages and recipes that were sent here for a job, a folder each.
    pub fn uploads(&self) -> PathBuf {
        self.cache.join("uploads")
    }
    /// A folder for each running build.
    pub fn builds(&self) -> PathBuf {
        self.cache.join("build")
    }
}

/// A sandbox mounts these folders by name, so a relative one would mean another place there.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
fn from_env(own: &str, xdg: &str, under_home: &str) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set(own)
        // The specification says to ignore a relative path here.
        .or_else(|| set(xdg).filter(|p| p.is_absolute()).map(|p| p.join("rbee")))
        .or_else(|| set("HOME").map(|h| h.join(under_home).join("rbee")))
}
