//! From a PKGBUILD to a store object.

#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "until the provisioner uses it"))]
mod source;
