use crate::recipe::Declared;

/// The options of a package: makepkg.conf's `OPTIONS`, then the recipe's `options`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Toggles<'a>(&'a Declared);

impl<'a> Toggles<'a> {
    pub(super) fn new(declared: &'a Declared) -> Self {
        Self(declared)
    }

    /// Whether an option is on or off; the last word on it counts. `None` if nothing names it, which
    /// for makepkg is neither.
    fn get(self, name: &str) -> Option<bool> {
        let words = self.0.array("OPTIONS").iter().chain(self.0.array("options")).rev();
        words
            .map(|word| (word.trim_start_matches('!'), !word.starts_with('!')))
            .find_map(|(word, on)| (word == name).then_some(on))
    }

    pub(super) fn is_on(self, name: &str) -> bool {
        self.get(name) == Some(true)
    }

    pub(super) fn is_off(self, name: &str) -> bool {
        self.get(name) == Some(false)
    }

    /// Whether debugging symbols get a package of their own.
    pub(super) fn keeps_symbols(self) -> bool {
        self.is_on("debug") && self.is_on("strip")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts_and_no_word_is_neither() {
        let bytes = b"c\0OPTIONS\x003\0strip\0!docs\0lto\0A\0options\x002\0!strip\0strip\0E\0";
        let declared = Declared::parse(bytes).unwrap();
        let toggles = Toggles::new(&declared);
        assert!(toggles.is_on("strip") && toggles.is_off("docs") && toggles.is_on("lto"));
        assert!(!toggles.is_on("zipman") && !toggles.is_off("zipman"));
    }
}
