use std::sync::OnceLock;

/// The processor's features, sorted, separated by blanks, by the names that Linux gives them.
pub(crate) fn cpu_features() -> &'static str {
    static FEATURES: OnceLock<String> = OnceLock::new();
    FEATURES.get_or_init(|| parse(&fs_err::read_to_string("/proc/cpuinfo").unwrap_or_default()))
}

/// `flags` on x86, `Features` on ARM (`proc_cpuinfo(5)`).
fn parse(cpuinfo: &str) -> String {
    let line = cpuinfo.lines().find(|l| l.starts_with("flags") || l.starts_with("Features"));
    let list = line.and_then(|l| l.split_once(':')).map_or("", |(_, list)| list);
    let mut names: Vec<_> = list.split_whitespace().collect();
    names.sort_unstable();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn features_are_sorted() {
        assert_eq!(super::parse("x\nflags\t\t: sse2 avx\nflags: y\n"), "avx sse2");
        assert_eq!(super::parse("Features\t: fp asimd\n"), "asimd fp");
        assert_eq!(super::parse(""), "");
    }
}
