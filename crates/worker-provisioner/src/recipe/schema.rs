//! The variables of a PKGBUILD, in the order of `.SRCINFO` where there is one.

/// Variables that are one string, but for `pkgbase`, as the first section has them.
pub(super) const BASE_STRINGS: &[&str] =
    &["pkgdesc", "pkgver", "pkgrel", "epoch", "url", "install", "changelog"];

/// Variables that are arrays.
pub(super) const BASE_ARRAYS: &[&str] = &[
    "arch",
    "groups",
    "license",
    "checkdepends",
    "makedepends",
    "depends",
    "optdepends",
    "provides",
    "conflicts",
    "replaces",
    "noextract",
    "options",
    "backup",
    "source",
    "validpgpkeys",
    "cksums",
    "md5sums",
    "sha1sums",
    "sha224sums",
    "sha256sums",
    "sha384sums",
    "sha512sums",
    "b2sums",
];

/// Strings of a package's own section.
pub(super) const PACKAGE_STRINGS: &[&str] = &["pkgdesc", "url", "install", "changelog"];

/// Arrays of a package's own section.
pub(super) const PACKAGE_ARRAYS: &[&str] = &[
    "arch",
    "groups",
    "license",
    "checkdepends",
    "depends",
    "optdepends",
    "provides",
    "conflicts",
    "replaces",
    "options",
    "backup",
];

/// The arrays that an architecture can have of its own.
pub(super) const SUFFIXED: &[&str] = &[
    "source",
    "provides",
    "conflicts",
    "depends",
    "replaces",
    "optdepends",
    "makedepends",
    "checkdepends",
    "cksums",
    "md5sums",
    "sha1sums",
    "sha224sums",
    "sha256sums",
    "sha384sums",
    "sha512sums",
    "b2sums",
];

/// What the function of a package may set.
pub(super) const OVERRIDES: &[&str] = &[
    "pkgdesc",
    "arch",
    "url",
    "license",
    "groups",
    "depends",
    "optdepends",
    "provides",
    "conflicts",
    "replaces",
    "backup",
    "options",
    "install",
    "changelog",
];

/// What `options` may name, each also with a `!` before it. From makepkg.conf(5), OPTIONS and
/// BUILDENV, and PKGBUILD(5).
pub(super) const OPTIONS: &[&str] = &[
    "strip",
    "docs",
    "libtool",
    "staticlibs",
    "emptydirs",
    "zipman",
    "purge",
    "debug",
    "lto",
    "autodeps",
    "buildflags",
    "makeflags",
    "ccache",
    "distcc",
];

/// Whether a variable is one string.
pub(super) fn is_string(name: &str) -> bool {
    name == "pkgbase" || BASE_STRINGS.contains(&name)
}

/// Whether a variable is an array. `pkgname` is either.
pub(super) fn is_array(name: &str) -> bool {
    BASE_ARRAYS.contains(&name)
}
