use std::io::{self, Read};

use zip::{ZipArchive, extra_fields::ExtraField, read::ZipFile, result::ZipError};

use super::{Input, members::Attributes, path::refuse, tree::Tree};

/// The longest target of a symlink, Linux's `PATH_MAX`.
const TARGET: u64 = 4096;

pub(super) fn unpack(input: Input, tree: &mut Tree) -> io::Result<()> {
    let mut archive = ZipArchive::new(io::BufReader::new(input)).map_err(failed)?;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(failed)?;
        let member = file.name_raw().to_owned();
        if file.encrypted() {
            return Err(refuse(&member, "it is encrypted"));
        }
        let folder = member.ends_with(b"/");
        let mode = file.unix_mode().unwrap_or(if folder { 0o755 } else { 0o644 });
        let attributes = Attributes::new(mode, modified(&file));
        if folder {
            tree.folder(&member, attributes)?;
        } else if file.is_symlink() {
            let mut target = Vec::new();
            file.by_ref().take(TARGET + 1).read_to_end(&mut target)?;
            if target.len() as u64 > TARGET {
                return Err(refuse(&member, "it is a symlink to a path that is too long"));
            }
            tree.symlink(&member, &target, attributes)?;
        } else {
            tree.file(&member, attributes, &mut file)?;
        }
    }
    Ok(())
}

/// Seconds since 1970. The field that Unix programs add is exact; without it there is only the local
/// time of the machine that made the archive, taken for UTC.
fn modified(file: &ZipFile<'_, impl Read>) -> u64 {
    let exact = file.extra_data_fields().find_map(|field| match field {
        ExtraField::ExtendedTimestamp(times) => times.mod_time(),
        _ => None,
    });
    if let Some(seconds) = exact {
        return seconds.into();
    }
    let local = file.last_modified().and_then(|time| {
        let part = |value: u8| i8::try_from(value).ok();
        let date = jiff::civil::DateTime::new(
            time.year().try_into().ok()?,
            part(time.month())?,
            part(time.day())?,
            part(time.hour())?,
            part(time.minute())?,
            part(time.second())?.min(59),
            0,
        );
        jiff::tz::TimeZone::UTC.to_timestamp(date.ok()?).ok()
    });
    local.and_then(|time| time.as_second().try_into().ok()).unwrap_or(0)
}

fn failed(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        error => io::Error::new(io::ErrorKind::InvalidData, error),
    }
}
