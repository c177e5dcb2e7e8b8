use std::{
    collections::BTreeMap,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::source::hex;

/// A recipe as it was when the job began: its PKGBUILD, and the files beside it that it names.
///
/// Nothing else that lies there is read, shown to recipe code or part of the action key: a PKGBUILD
/// may lie in a home folder.
#[derive(Debug)]
pub(crate) struct RecipeFiles {
    folder: PathBuf,
    pkgbuild: Vec<u8>,
    /// The others, by name.
    local: BTreeMap<String, Local>,
}

#[derive(Debug, PartialEq, Eq)]
struct Local {
    digest: String,
    executable: bool,
}

impl RecipeFiles {
    /// The PKGBUILD, and those of `named` that are files in `folder`. Names that lead elsewhere are
    /// left out.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(crate) fn of(folder: &Path, pkgbuild: Vec<u8>, named: &[String]) -> io::Result<Self> {
        let root = fs_err::canonicalize(folder)?;
        let mut local = BTreeMap::new();
        for name in named {
            let plain = !name.contains('/') && name != "." && name != "..";
            let allowed = plain || is_key(name);
            let path = fs_err::canonicalize(folder.join(name)).ok();
            let inside = path.filter(|p| allowed && p.starts_with(&root) && p.is_file());
            if let Some(path) = inside {
                local.insert(name.clone(), Local::read(&path)?);
            }
        }
        Ok(Self { folder: folder.to_owned(), pkgbuild, local })
    }

    /// A digest of all of them: names, content, and which are executable.
    pub(crate) fn digest(&self) -> String {
        let mut all = Sha256::new();
        all.update(Sha256::digest(&self.pkgbuild));
        for (name, file) in &self.local {
            all.update((name.len() as u64).to_le_bytes());
            all.update(name);
            all.update(&file.digest);
            all.update([u8::from(file.executable)]);
        }
        hex(&all.finalize())
    }

    /// The content of one of them; `None` if it is none of them.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = self.local.contains_key(name).then(|| fs_err::read(self.folder.join(name)));
        file.transpose()
    }

    /// The names of those beside the PKGBUILD.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.local.keys().map(String::as_str)
    }

    /// The PKGBUILD.
    pub(crate) fn pkgbuild(&self) -> &[u8] {
        &self.pkgbuild
    }

    /// The digest of the PKGBUILD alone.
    pub(crate) fn pkgbuild_digest(&self) -> String {
        hex(&Sha256::digest(&self.pkgbuild))
    }

    /// Writes them into a folder.
    ///
    /// # Errors
    /// If one cannot be copied, or is no longer what it was when the job began.
    pub(crate) fn copy_to(&self, target: &Path) -> io::Result<()> {
        fs_err::write(target.join("PKGBUILD"), &self.pkgbuild)?;
        for (name, file) in &self.local {
            let to = target.join(name);
            if let Some(folder) = to.parent() {
                fs_err::create_dir_all(folder)?;
            }
            fs_err::copy(self.folder.join(name), &to)?;
            let mode = if file.executable { 0o755 } else { 0o644 };
            fs_err::set_permissions(&to, std::fs::Permissions::from_mode(mode))?;
            if Local::read(&to)? != *file {
                let what = format!("{name} was changed while the job ran; start it again");
                return Err(io::Error::other(what));
            }
        }
        Ok(())
    }
}

/// Whether the name is that of a key: those lie in a folder of their own beside the PKGBUILD.
pub(super) fn is_key(name: &str) -> bool {
    let file = name.strip_prefix("keys/pgp/").and_then(|file| file.strip_suffix(".asc"));
    file.is_some_and(|file| {
        !file.is_empty() && file.len() < 250 && file.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

impl Local {
    fn read(path: &Path) -> io::Result<Self> {
        let mut file = fs_err::File::open(path)?;
        let executable = file.metadata()?.permissions().mode() & 0o111 != 0;
        let mut all = Sha256::new();
        let mut buffer = vec![0; 128 * 1024];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(Self { digest: hex(&all.finalize()), executable }),
                read => all.update(&buffer[..read]),
            }
        }
    }
}
