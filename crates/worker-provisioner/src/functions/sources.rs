use std::{io, path::Path};

use fs_err::os::unix::fs::symlink;

use super::Workshop;
use crate::{
    sandbox::{Mount, Tier},
    source::{self, Fetched, Source},
};

/// Where the sandbox shows fetched files.
pub(super) const SOURCES: &str = "/run/sources";

impl Workshop<'_> {
    /// Puts the files among the extracted sources behind links in `srcdir`, for makepkg has links
    /// there. They are the build's own; those that are too large for a copy are shown read-only.
    ///
    /// # Errors
    /// If one cannot be moved or linked to.
    pub(crate) fn link_sources(
        &mut self,
        sources: &[Source],
        fetched: &[Fetched],
        large: Vec<source::Mount>,
    ) -> io::Result<()> {
        let (srcdir, behind) = (Self::start(self.build).join("src"), self.build.join("sources"));
        fs_err::create_dir_all(&behind)?;
        let seen = self.tier.seen(&behind, Path::new(SOURCES)).to_owned();
        self.sources = vec![Mount::write(&behind, SOURCES)];
        for large in large {
            symlink(seen.join(&large.name), srcdir.join(&large.name))?;
            if *self.tier == Tier::None {
                large.copy_into(&behind)?;
            } else {
                self.sources.push(Mount::read(large.host, Path::new(SOURCES).join(large.name)));
            }
        }
        let files = fetched.iter().filter(|fetched| fetched.file().is_some());
        for source in files.filter_map(|fetched| sources.get(fetched.index)) {
            let (name, link) = (source.name.as_str(), srcdir.join(source.name.as_str()));
            if fs_err::symlink_metadata(&link)?.is_file() {
                fs_err::rename(&link, behind.join(name))?;
                symlink(seen.join(name), link)?;
            }
        }
        Ok(())
    }
}
