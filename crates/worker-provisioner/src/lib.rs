//! From a PKGBUILD to a store object.

#[expect(unused_imports, reason = "until the provisioner uses it")]
#[cfg_attr(not(test), expect(dead_code, reason = "until the provisioner uses it"))]
mod source;
