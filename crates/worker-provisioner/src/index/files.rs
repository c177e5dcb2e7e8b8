use std::{
    io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::source::hex;

/// Folders that makepkg makes beside a PKGBUILD, and the repository that it may lie in.
const LEFT_OUT: &[&str] = &["src", "pkg", ".git"];

/// A file beside a PKGBUILD that the recipe does not name comes along only up to this size, so that
/// what makepkg has left there does not.
const UNNAMED: u64 = 1 << 20;

/// The files of a recipe: its PKGBUILD and what lies beside it.
#[derive(Debug)]
pub(crate) struct RecipeFiles {
    folder: PathBuf,
    /// Relative to the folder, sorted.
    files: Vec<PathBuf>,
}

impl RecipeFiles {
    /// The files in `folder`; `named` come along whatever their size.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub(crate) fn of(folder: &Path, named: &[String]) -> io::Result<Self> {
        let mut files = Vec::new();
        let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|e| e.depth() != 1 || !is_left_out(e)) {
            let entry = entry?;
            let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            let is_named = relative.to_str().is_some_and(|r| named.iter().any(|n| n == r));
            // A link in a recipe is followed only where the recipe names it as a source.
            let metadata = if is_named { entry.path().metadata()? } else { entry.metadata()? };
            let small = metadata.len() <= UNNAMED && !is_package(relative);
            if metadata.is_file() && (is_named || small) {
                files.push(relative.to_owned());
            }
        }
        Ok(Self { folder: folder.to_owned(), files })
    }

    /// A digest of all of them, names and content.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(crate) fn digest(&self) -> io::Result<String> {
        let mut all = Sha256::new();
        for file in &self.files {
            let content = Sha256::digest(fs_err::read(self.folder.join(file))?);
            let name = file.as_os_str().as_encoded_bytes();
            all.update((name.len() as u64).to_le_bytes());
            all.update(name);
            all.update(content);
        }
        Ok(hex(&all.finalize()))
    }

    /// The digest of the PKGBUILD alone.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn pkgbuild_digest(&self) -> io::Result<String> {
        Ok(hex(&Sha256::digest(fs_err::read(self.folder.join("PKGBUILD"))?)))
    }

    /// Copies them.
    ///
    /// # Errors
    /// If one cannot be copied.
    pub(crate) fn copy_to(&self, target: &Path) -> io::Result<()> {
        for file in &self.files {
            let to = target.join(file);
            if let Some(folder) = to.parent() {
                fs_err::create_dir_all(folder)?;
            }
            fs_err::copy(self.folder.join(file), to)?;
        }
        Ok(())
    }
}

fn is_left_out(entry: &walkdir::DirEntry) -> bool {
    LEFT_OUT.iter().any(|name| entry.file_name() == *name) && entry.file_type().is_dir()
}

fn is_package(file: &Path) -> bool {
    file.file_name().is_some_and(|n| n.to_string_lossy().contains(".pkg.tar"))
}
