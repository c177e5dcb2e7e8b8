//! `.BUILDINFO`: what a package was built from, in and with. See BUILDINFO(5) of pacman.

use super::{Invalid, Package, pkginfo::Lines};
use crate::recipe::START;

/// The text of `.BUILDINFO`, format 2. The folders are those inside the sandbox, so that they are
/// the same wherever the hive builds.
///
/// # Errors
/// If a value has a newline, which the format cannot hold.
pub(super) fn buildinfo(package: &Package<'_>) -> Result<String, Invalid> {
    let declared = package.declared;
    let mut lines = Lines("format = 2\n".to_owned());
    lines.add("pkgname", package.name)?;
    lines.add("pkgbase", package.base)?;
    lines.add("pkgver", package.version)?;
    lines.add("pkgarch", package.architecture())?;
    lines.add("pkgbuild_sha256sum", package.pkgbuild_sha256)?;
    lines.add("packager", package.packager())?;
    lines.add("builddate", &package.date()?.to_string())?;
    lines.add("builddir", START)?;
    lines.add("startdir", START)?;
    lines.add("buildtool", "rbee-hive")?;
    lines.add("buildtoolver", env!("CARGO_PKG_VERSION"))?;
    lines.all("buildenv", declared.array("BUILDENV"))?;
    lines.all("options", declared.array("OPTIONS"))?;
    lines.all("installed", package.installed)?;
    Ok(lines.0)
}
