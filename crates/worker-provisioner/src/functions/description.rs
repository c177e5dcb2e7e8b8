use rbee_hive_artifact_catalog::{Architecture, DependencyRecord, WorkerId};
use sha2::{Digest as _, Sha256};

use super::{Workshop, ownership};
use crate::{
    package::{Described, Package, PackageError, WorkerNote, describe},
    recipe::{Declared, Recipe},
    source::hex,
};

impl Workshop<'_> {
    /// Describes a package as its function left it, on a thread of its own: all of it is read.
    ///
    /// # Errors
    /// If it cannot be read or described.
    pub(crate) async fn describe(
        &self,
        recipe: &Recipe,
        name: &str,
        declared: Declared,
    ) -> Result<Described, PackageError> {
        let part = self.parts.join(name);
        let start = Self::start(self.build);
        let fakeroot = self.fakeroot();
        let (name, base) = (name.to_owned(), recipe.declared.base_name().to_owned());
        let version = recipe.version.to_string();
        let architecture: Architecture = self.architecture;
        let note = recipe.entrypoint.clone().map(|entrypoint| WorkerNote {
            backend: self.backend,
            entrypoint,
            smoke: recipe.smoke.clone(),
            formats: recipe.declared.array("_worker_formats").to_vec(),
        });
        let installed = self.installed();
        self.apart(move |cancel| {
            let pkgbuild = fs_err::read(start.join("PKGBUILD")).map_err(PackageError::Folder)?;
            let ownership = ownership(&fakeroot, &part, cancel).map_err(PackageError::folder)?;
            let has_it =
                |note: &&WorkerNote| fs_err::symlink_metadata(part.join(&note.entrypoint)).is_ok();
            let package = Package {
                name: &name,
                base: &base,
                version: &version,
                declared: &declared,
                part: &part,
                start: &start,
                architecture,
                pkgbuild_sha256: &hex(&Sha256::digest(pkgbuild)),
                ownership: &ownership,
                installed: &installed,
                worker: note.as_ref().filter(has_it),
            };
            describe(&package, cancel)
        })
        .await
    }

    /// The other recipes' results that the build sees, as `.BUILDINFO` names packages.
    fn installed(&self) -> Vec<String> {
        let name = |record: DependencyRecord| {
            let id: WorkerId = record.id.parse().ok()?;
            Some(format!("{}-{}-{}", id.name, id.version?, self.architecture))
        };
        let mut names: Vec<_> = self.dependencies.records().into_iter().filter_map(name).collect();
        names.sort();
        names
    }
}
