//! What is mounted where, as the kernel tells it (`proc_pid_mountinfo(5)`).

/// The mounts below a folder, in the order in which they were made.
pub(super) fn below(folder: &str) -> Vec<String> {
    // Without an answer nothing is known to be there.
    points(&fs_err::read_to_string("/proc/self/mountinfo").unwrap_or_default(), folder)
}

fn points(mountinfo: &str, folder: &str) -> Vec<String> {
    let points = mountinfo.lines().filter_map(|line| line.split(' ').nth(4)).map(unescape);
    let below = |point: &String| point.strip_prefix(folder).is_some_and(|p| p.starts_with('/'));
    points.filter(below).collect()
}

/// What parts the fields is written as a number.
fn unescape(point: &str) -> String {
    let escapes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    escapes.iter().fold(point.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_lies_below_is_found_and_what_is_only_called_alike_is_not() {
        let told = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
             31 22 8:2 / /usr rw - ext4 /dev/sda2 rw\n\
             32 31 0:30 / /usr/local rw shared:2 - tmpfs tmpfs rw\n\
             33 31 0:31 / /usr/with\\040space rw - tmpfs tmpfs rw\n\
             34 22 0:32 / /usr2/x rw - tmpfs tmpfs rw\n";
        assert_eq!(super::points(told, "/usr"), ["/usr/local", "/usr/with space"]);
    }
}
