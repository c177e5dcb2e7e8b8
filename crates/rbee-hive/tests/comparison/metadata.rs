//! What a package says about itself, in a form in which two of them can be compared.

use std::{collections::BTreeMap, io::Read as _};

/// `.PKGINFO`, without comments.
pub(crate) fn pkginfo(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// `.BUILDINFO`, without what is the building host's: the packages installed there.
pub(crate) fn buildinfo(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let of_host = ["installed = ", "buildtool = ", "buildtoolver = "];
    let kept = text.lines().filter(|line| !of_host.iter().any(|key| line.starts_with(key)));
    kept.map(str::to_owned).collect()
}

/// `.MTREE`: the keywords of each path, those that `/set` gave it too. The lines about the package's
/// own description are left out, for that has comments, and names the host's packages.
pub(crate) fn mtree(bytes: &[u8]) -> Vec<String> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    let mut common = BTreeMap::new();
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (path, rest) = line.split_once(' ').unwrap_or((line, ""));
        let words = rest.split(' ').map(|word| word.split_once('=').unwrap_or((word, "")));
        if path == "/set" {
            common.extend(words);
            continue;
        }
        if let "./.PKGINFO" | "./.BUILDINFO" = path {
            continue;
        }
        let mut keywords = common.clone();
        keywords.extend(words);
        if keywords.get("type") != Some(&"link") {
            keywords.remove("link");
        }
        lines.push(format!("{path} {keywords:?}"));
    }
    lines.sort();
    lines
}
