//! A recipe's folder as an archive.

use std::{
    io::{self, BufRead as _, BufReader, Read},
    os::unix::fs::PermissionsExt as _,
    path::{Component, Path, PathBuf},
};

use super::error::{ApiError, ApiErrorKind};

/// The most that the files of a recipe have together, once they are unpacked.
const LARGEST: u64 = 256 << 20;

/// The most files of a recipe.
const MOST: usize = 10_000;

/// The most bytes of what an archive says about a file beside its header, such as a long name. A
/// reader of archives has it in memory, all of it.
const LARGEST_EXTENSION: u64 = 64 << 10;

/// The most folders that a file lies in. Each name could otherwise make two thousand of them.
const DEEPEST: usize = 32;

/// Unpacks an archive, compressed with gzip or not, into a folder that is not there yet: what has a
/// PKGBUILD at its top, or in the one folder at its top. Only plain files are taken, and of their
/// attributes only whether they are executable.
pub(super) fn unpack(archive: &Path, folder: &Path) -> Result<(), ApiError> {
    let files = unpack_into(archive, folder).map_err(|error| {
        let message = "the body is no tar archive of a recipe's folder";
        ApiError::new(ApiErrorKind::Usage, message).because(error.to_string())
    })?;
    if folder.join("PKGBUILD").is_file() {
        return Ok(());
    }
    let mut tops = files.iter().filter_map(|file| file.components().next());
    let top = tops.next().filter(|first| tops.all(|top| top == *first));
    let top = top.map(|top| folder.join(top)).filter(|top| top.join("PKGBUILD").is_file());
    let Some(top) = top else {
        return Err(ApiError::new(ApiErrorKind::Usage, "the archive has no PKGBUILD at its top"));
    };
    let lift = || {
        let aside = folder.with_extension("lifted");
        fs_err::rename(top, &aside)?;
        fs_err::remove_dir_all(folder)?;
        fs_err::rename(aside, folder)
    };
    lift().map_err(|error| {
        ApiError::new(ApiErrorKind::StoreFailed, "failed to keep the recipe")
            .because(error.to_string())
    })
}

/// An archive, decompressed, up to what a recipe may have.
fn open(archive: &Path) -> io::Result<tar::Archive<impl Read>> {
    let mut file = BufReader::new(fs_err::File::open(archive)?);
    let is_gzip = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let plain: Box<dyn Read> =
        if is_gzip { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) };
    Ok(tar::Archive::new(plain.take(LARGEST)))
}

/// Refuses an archive of which a few bytes become a name that fills the memory. Looked for first,
/// since whoever reads names does not ask how long they are.
fn check_extensions(archive: &Path) -> io::Result<()> {
    for entry in open(archive)?.entries()?.raw(true) {
        let entry = entry?;
        let (kind, size) = (entry.header().entry_type(), entry.size());
        if !kind.is_file() && size > LARGEST_EXTENSION {
            let why = format!("{size} bytes about one file: {LARGEST_EXTENSION} at most");
            return Err(io::Error::other(why));
        }
    }
    Ok(())
}

/// The names of the files, relative to the folder.
fn unpack_into(archive: &Path, folder: &Path) -> io::Result<Vec<PathBuf>> {
    check_extensions(archive)?;
    let mut files = Vec::new();
    fs_err::create_dir_all(folder)?;
    for entry in open(archive)?.entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        let name = plain_path(&entry.path()?)?;
        if !kind.is_file() || files.len() == MOST {
            let why = format!("{}: only plain files are taken, {MOST} at most", name.display());
            return Err(io::Error::other(why));
        }
        let path = folder.join(&name);
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent)?;
        }
        // Two of one name: the last one counts, as tar has it.
        let mut target = fs_err::File::create(&path)?;
        io::copy(&mut entry, &mut target)?;
        let mode = if entry.header().mode()? & 0o111 == 0 { 0o644 } else { 0o755 };
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(mode))?;
        files.push(name);
    }
    Ok(files)
}

/// A path that stays in its folder.
fn plain_path(path: &Path) -> io::Result<PathBuf> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            _ => {
                let why = format!("{} leads out of the folder", path.display());
                return Err(io::Error::other(why));
            }
        }
    }
    if plain.components().count() > DEEPEST {
        let why = format!("{} lies in too many folders: {DEEPEST} at most", plain.display());
        return Err(io::Error::other(why));
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(members: &[(&str, tar::EntryType)]) -> tempfile::NamedTempFile {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, kind) in members {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_size(if kind.is_file() { 4 } else { 0 });
            header.set_mode(if name.ends_with("fix.sh") { 0o700 } else { 0o600 });
            // As it is written: the builder would refuse what leads out.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            if kind.is_symlink() {
                header.set_link_name("/etc/passwd").unwrap();
            }
            header.set_cksum();
            archive.append(&header, if kind.is_file() { &b"text"[..] } else { b"" }).unwrap();
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), archive.into_inner().unwrap()).unwrap();
        file
    }

    fn unpacked(members: &[(&str, tar::EntryType)]) -> Result<Vec<String>, ApiError> {
        let to = tempfile::tempdir().unwrap();
        let folder = to.path().join("recipe");
        unpack(archive(members).path(), &folder)?;
        let mut names: Vec<_> = fs_err::read_dir(&folder)
            .unwrap()
            .map(|e| e.unwrap())
            .map(|e| {
                let mode = e.metadata().unwrap().permissions().mode() & 0o777;
                format!("{} {mode:o}", e.file_name().to_string_lossy())
            })
            .collect();
        names.sort();
        Ok(names)
    }

    const FILE: tar::EntryType = tar::EntryType::Regular;

    #[test]
    fn a_recipe_may_lie_at_the_top_or_in_one_folder() {
        let expected = ["PKGBUILD 644", "fix.sh 755"];
        assert_eq!(unpacked(&[("PKGBUILD", FILE), ("./fix.sh", FILE)]).unwrap(), expected);
        assert_eq!(unpacked(&[("x/PKGBUILD", FILE), ("x/fix.sh", FILE)]).unwrap(), expected);
        for none in [&[("a/PKGBUILD", FILE), ("b/x", FILE)][..], &[("x", FILE)], &[]] {
            assert!(unpacked(none).is_err(), "{none:?}");
        }
    }

    #[test]
    fn a_small_archive_does_not_become_a_name_that_fills_the_memory() {
        for kind in
            [tar::EntryType::GNULongName, tar::EntryType::XHeader, tar::EntryType::GNULongLink]
        {
            let size = LARGEST_EXTENSION + 1;
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(size);
            header.set_cksum();
            let mut archive = tar::Builder::new(Vec::new());
            archive.append(&header, io::repeat(b'a').take(size)).unwrap();
            let file = tempfile::NamedTempFile::new().unwrap();
            fs_err::write(file.path(), archive.into_inner().unwrap()).unwrap();
            let to = tempfile::tempdir().unwrap();
            let error = unpack_into(file.path(), &to.path().join("recipe")).unwrap_err();
            assert!(error.to_string().contains("about one file"), "{error}");
        }
    }

    #[test]
    fn a_file_does_not_lie_in_any_number_of_folders() {
        let deep = |folders: usize| plain_path(Path::new(&"a/".repeat(folders)));
        assert!(deep(DEEPEST).is_ok());
        assert!(deep(DEEPEST + 1).is_err());
    }

    #[test]
    fn nothing_is_written_elsewhere_and_nothing_is_linked() {
        let recipe = ("PKGBUILD", FILE);
        for bad in [
            ("../x", FILE),
            ("/x", FILE),
            ("a/../../x", FILE),
            ("x", tar::EntryType::Symlink),
            ("x", tar::EntryType::Link),
            ("x", tar::EntryType::Fifo),
        ] {
            assert!(unpacked(&[recipe, bad]).is_err(), "{bad:?}");
        }
    }
}
