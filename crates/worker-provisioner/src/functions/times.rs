use std::path::Path;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
use walkdir::WalkDir;

use super::Workshop;

impl Workshop<'_> {
    /// Gives all sources one time, so that what a build packs them into is the same every time.
    /// makepkg does it where the environment has a `SOURCE_DATE_EPOCH`.
    pub(crate) async fn unify_times(&self, seconds: i64) {
        let srcdir = Self::start(self.build).join("src");
        // A thread that fails has only left some times as they are.
        let _ = tokio::task::spawn_blocking(move || unify_times(&srcdir, seconds)).await;
    }
}

/// Gives everything in a folder one time. What refuses keeps its own.
fn unify_times(folder: &Path, seconds: i64) {
    let time = Timespec { tv_sec: seconds, tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    // What is in a folder comes before it: to look into it changes its time of access.
    for entry in WalkDir::new(folder).contents_first(true).into_iter().flatten() {
        let _ = utimensat(CWD, entry.path(), &times, AtFlags::SYMLINK_NOFOLLOW);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn folders_files_and_links_get_the_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs_err::create_dir(path("a")).unwrap();
        fs_err::write(path("a/b"), "").unwrap();
        fs_err::os::unix::fs::symlink("nowhere", path("a/l")).unwrap();
        unify_times(folder.path(), 7);
        for name in ["", "a", "a/b", "a/l"] {
            assert_eq!(fs_err::symlink_metadata(path(name)).unwrap().mtime(), 7, "{name}");
        }
    }
}
