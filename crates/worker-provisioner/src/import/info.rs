use std::path::Path;

use rbee_hive_artifact_catalog::{Architecture, Version, WorkerName};

use super::ImportError;
use crate::package::{WorkerNote, worker_note};

/// What the `.PKGINFO` of a package says, as far as it matters to a hive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Info {
    pub(crate) name: WorkerName,
    pub(crate) version: Version,
    /// What it needs to run.
    pub(crate) depends: Vec<String>,
    /// What makes a worker of it, if a hive wrote the package.
    pub(crate) worker: Option<WorkerNote>,
}

impl Info {
    /// Reads the text of a package's `.PKGINFO`.
    ///
    /// # Errors
    /// If it lacks something, or is for another architecture than this host's.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, ImportError> {
        let field = |key: &'static str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(" = "));
            let found = lines.find(|(found, _)| *found == key).map(|(_, value)| value.trim());
            found.ok_or(ImportError::Field { path: path.to_owned(), key })
        };
        let package = field("pkgname")?;
        let architecture = field("arch")?;
        if architecture != "any" && architecture != Architecture::HOST.as_str() {
            let (package, has) = (package.to_owned(), architecture.to_owned());
            let host = Architecture::HOST.as_str();
            return Err(ImportError::Architecture { package, has, host });
        }
        let name = package.parse();
        let version = field("pkgver")?.parse();
        Ok(Self {
            name: name.map_err(|source| ImportError::Name { path: path.to_owned(), source })?,
            version: version
                .map_err(|source| ImportError::Version { path: path.to_owned(), source })?,
            depends: text
                .lines()
                .filter_map(|line| line.strip_prefix("depend = "))
                .map(str::to_owned)
                .collect(),
            worker: worker_note(text),
        })
    }
}
