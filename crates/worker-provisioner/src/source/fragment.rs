/// The parts of a version control system's URL: `SYSTEM+TRANSPORT://PLACE`, with `#KEY=VALUE` and
/// `?QUERY` behind it in either order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RepositoryUrl<'a> {
    /// All before the fragment and the query.
    pub(super) base: &'a str,
    /// The fragment, at its `=`.
    pub(super) fragment: Option<(&'a str, &'a str)>,
    /// Whether a query is `signed`. As makepkg, any other query says nothing.
    pub(super) signed: bool,
}

impl<'a> RepositoryUrl<'a> {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// If it has a control character, two fragments, or one that is not `KEY=VALUE`.
    pub(super) fn split(url: &'a str) -> Result<Self, &'static str> {
        let end = url.find(['#', '?']).unwrap_or(url.len());
        let (base, mut rest) = url.split_at(end);
        if url.contains(|c: char| c.is_control()) {
            return Err("the URL has a control character");
        }
        let mut split = Self { base, fragment: None, signed: false };
        while let Some(mark) = rest.chars().next() {
            let end = rest[1..].find(['#', '?']).map_or(rest.len(), |end| end + 1);
            let (part, next) = (&rest[1..end], &rest[end..]);
            rest = next;
            if mark == '?' {
                split.signed |= part.trim_end_matches('/') == "signed";
            } else if split.fragment.is_none() {
                let pair = part.split_once('=').ok_or("the #fragment is not KEY=VALUE")?;
                split.fragment = Some(pair);
            } else {
                return Err("it has more than one #fragment");
            }
        }
        Ok(split)
    }

    /// The base as the system's own program takes it: without `SYSTEM+`.
    ///
    /// # Errors
    /// With `refusal`, if its transport is not among `transports`.
    pub(super) fn place(
        &self,
        system: &str,
        transports: &[&str],
        refusal: &'static str,
    ) -> Result<&'a str, &'static str> {
        let base = self
            .base
            .strip_prefix(system)
            .and_then(|rest| rest.strip_prefix('+'))
            .unwrap_or(self.base);
        let transport = base.split_once("://").map_or("", |(transport, _)| transport);
        if transports.contains(&transport) { Ok(base) } else { Err(refusal) }
    }
}

/// The last component of a repository's URL, as makepkg names it. From makepkg's own defaults.
pub(super) fn last_component(place: &str) -> &str {
    let path = place.strip_suffix('/').unwrap_or(place);
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}
