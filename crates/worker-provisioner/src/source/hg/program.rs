use crate::source::client::System;

/// The `hg` program, with the user's proxies, credentials and certificates, and with nothing that
/// changes what it prints or asks. Repositories within the repository are not followed: their place
/// is what the repository says, not what the recipe does.
pub(super) static HG: System = System {
    program: "hg",
    leading: &["--noninteractive", "--config", "subrepos.allowed=no"],
    env: &[("HGPLAIN", "1"), ("HGENCODING", "UTF-8"), ("LC_ALL", "C")],
    unset: &["HG_PENDING"],
};
