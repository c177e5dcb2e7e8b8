use std::{io, path::Path};

use fs_err::os::unix::fs::symlink;
use rbee_hive_artifact_catalog::Step;

use super::{FunctionError, State, Workshop, sources::SOURCES};
use crate::{
    sandbox::Mount,
    source::{Fetched, Source},
};

impl Workshop<'_> {
    /// Runs `verify()`, which comes before the sources are extracted: in the recipe's folder, which
    /// has the fetched files for it, as if they had been downloaded there.
    ///
    /// # Errors
    /// If it fails.
    pub(crate) async fn verify(
        &mut self,
        sources: &[Source],
        fetched: &[Fetched],
        state: &mut State,
    ) -> Result<(), FunctionError> {
        let (mut shown, mut links) = (Vec::new(), Vec::new());
        for fetched in fetched {
            let (Some(source), Some(file)) = (sources.get(fetched.index), fetched.file()) else {
                continue;
            };
            let inside = Path::new(SOURCES).join(source.name.as_str());
            let link = Self::start(self.build).join(source.name.as_str());
            match symlink(self.tier.seen(file, &inside), &link) {
                Ok(()) => links.push(link),
                // A file of the recipe.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(FunctionError::Folder(error)),
            }
            shown.push(Mount::read(file, inside));
        }
        let later = std::mem::replace(&mut self.sources, shown);
        let verified = self.call(Step::Verify, "verify", None, state).await;
        self.sources = later;
        for link in links {
            fs_err::remove_file(link).map_err(FunctionError::Folder)?;
        }
        verified.map(|_| ())
    }
}
