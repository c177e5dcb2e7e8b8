use crate::source::client::System;

/// The `svn` program, which asks nothing.
pub(super) static SVN: System = System {
    program: "svn",
    leading: &["--non-interactive"],
    env: &[("LC_ALL", "C.UTF-8")],
    unset: &[],
};

/// Copies a working copy with its times and links.
pub(super) static CP: System = System { program: "cp", leading: &[], env: &[], unset: &[] };
