use crate::source::client::System;

/// The `git` program, with the user's configuration but nothing in it that runs other programs:
/// proxies, `insteadOf`, credentials and certificates stay the user's; hooks, daemons and what would
/// make the same commit come out as other bytes do not.
///
/// A hive that is started by a hook must not take that repository for its own, hence what is unset.
pub(in crate::source) static GIT: System = System {
    program: "git",
    leading: &[
        "-c",
        "protocol.ext.allow=never",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.autocrlf=false",
        "-c",
        "core.abbrev=no",
        "-c",
        "safe.directory=*",
        "-c",
        "safe.bareRepository=all",
        "-c",
        "submodule.recurse=false",
        "-c",
        "fetch.recurseSubmodules=false",
        "-c",
        "gc.auto=0",
        "-c",
        "maintenance.auto=false",
    ],
    env: &[
        ("GIT_TERMINAL_PROMPT", "0"),
        ("SSH_ASKPASS_REQUIRE", "never"),
        ("GIT_LFS_SKIP_SMUDGE", "1"),
        ("LC_ALL", "C"),
    ],
    unset: &[
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
    ],
};
