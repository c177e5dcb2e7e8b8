//! The descriptors that this process got from whoever started it.

/// Marks every descriptor above stderr as not for the programs that this process starts.
///
/// Our own are so anyway. But a shell, make or a CI runner may have left us others, and through an
/// open folder a confined program would reach the host's files.
#[expect(unsafe_code, reason = "no safe wrapper of close_range is at hand")]
pub(crate) fn keep_to_ourselves() {
    // SAFETY: close_range(2) with this flag reads and writes no memory of ours and closes nothing;
    // it sets a flag that only matters when a program is executed.
    let marked = unsafe { libc::close_range(3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC.cast_signed()) };
    if marked == 0 {
        return;
    }
    // Before Linux 5.11: one by one.
    let open = fs_err::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let numbers = open.filter_map(|e| e.file_name().to_str()?.parse::<i32>().ok());
    for number in numbers.filter(|n| *n > 2) {
        // SAFETY: fcntl(2) with F_SETFD takes a number; one that is not open is an error.
        unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}
