use std::{
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rbee_hive_artifact_catalog::Architecture;
use sha2::{Digest as _, Sha256};

use crate::{options::ProvisionOptions, source};

const BUILT_IN: &str = include_str!("makepkg.conf");

/// What everything in a package is dated, unless the caller, a file or the recipe says otherwise:
/// the first time that every archive format can hold.
pub(crate) const SOURCE_DATE_EPOCH: &str = "315532800";

/// The settings of a build: files that the shell sources, one after the other, before the recipe.
/// A later one wins.
#[derive(Debug, Clone)]
pub(crate) struct Settings(Arc<Vec<File>>);

#[derive(Debug)]
struct File {
    /// Where it was read; nothing for a part of ours.
    path: Option<PathBuf>,
    text: Vec<u8>,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
#[error("failed to read the settings in {}; correct it, or name other ones with --makepkg-conf", .path.display())]
pub(crate) struct SettingsError {
    path: PathBuf,
    source: io::Error,
}

impl Settings {
    /// Reads the files that the options name.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(crate) fn read(
        options: &ProvisionOptions,
        architecture: Architecture,
    ) -> Result<Self, SettingsError> {
        let ours = |text: String| File { path: None, text: text.into_bytes() };
        let mut files = vec![ours(BUILT_IN.to_owned())];
        for path in &options.makepkg_conf {
            let text = fs_err::read(path)
                .map_err(|source| SettingsError { path: path.clone(), source })?;
            files.push(File { path: Some(path.clone()), text });
        }
        files.push(ours(given(options, architecture)));
        Ok(Self(Arc::new(files)))
    }

    /// Identifies what a build depends on. How many jobs `make` runs is not among it.
    pub(crate) fn digest(&self) -> String {
        let mut all = Sha256::new();
        for file in self.0.iter() {
            all.update((file.text.len() as u64).to_le_bytes());
            all.update(&file.text);
        }
        source::hex(&all.finalize())
    }

    /// Puts the files into a folder, under names in the order that they are to be sourced in.
    ///
    /// # Errors
    /// If one cannot be written.
    pub(crate) fn write_to(&self, folder: &Path) -> io::Result<()> {
        fs_err::create_dir_all(folder)?;
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        for (number, file) in self.0.iter().enumerate() {
            let mut text = file.text.clone();
            if number == 0 {
                text.extend_from_slice(format!("MAKEFLAGS=-j{jobs}\n").as_bytes());
            }
            fs_err::write(folder.join(format!("{number:02}")), text)?;
        }
        Ok(())
    }

    /// The file that one of those was made of, for a person.
    pub(crate) fn origin(&self, name: &str) -> String {
        let number: Option<usize> = name.parse().ok();
        let path = number.and_then(|n| self.0.get(n)).and_then(|file| file.path.as_ref());
        path.map_or_else(|| "the built-in settings".to_owned(), |p| p.display().to_string())
    }
}

/// What no file changes, as makepkg lets the environment win.
fn given(options: &ProvisionOptions, architecture: Architecture) -> String {
    let mut text = format!("CARCH={architecture}\n");
    if let Some(packager) = &options.packager {
        let _ = writeln!(text, "PACKAGER={}", quote(packager));
    }
    if let Some(epoch) = options.source_date_epoch {
        let _ = writeln!(text, "SOURCE_DATE_EPOCH={epoch}");
    }
    text
}

fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_file_wins_and_the_caller_last() {
        let folder = tempfile::tempdir().unwrap();
        let conf = folder.path().join("makepkg.conf");
        fs_err::write(&conf, "CARCH=other\nPACKAGER=file\nOPTIONS=(lto)\n").unwrap();
        let options = ProvisionOptions {
            makepkg_conf: vec![conf.clone()],
            packager: Some("It's me <me@host>".to_owned()),
            source_date_epoch: Some(7),
            ..Default::default()
        };
        let settings = Settings::read(&options, Architecture::X86_64).unwrap();
        let shown = folder.path().join("shown");
        settings.write_to(&shown).unwrap();
        let script = "for f in \"$1\"/*; do source \"$f\"; done; \
                      echo \"$CARCH|$PACKAGER|${OPTIONS[*]}|$SOURCE_DATE_EPOCH|${MAN_DIRS[0]}\"";
        let output = std::process::Command::new("bash")
            .args(["-c", script, "bash"])
            .arg(&shown)
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "x86_64|It's me <me@host>|lto|7|usr/man\n"
        );
        assert_eq!(settings.origin("01"), conf.display().to_string());
        assert_eq!(settings.origin("00"), "the built-in settings");
        let other = Settings::read(&ProvisionOptions::default(), Architecture::X86_64).unwrap();
        assert_ne!(settings.digest(), other.digest());
    }
}
