//! Lists in pages.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Type, schema::Schema},
};

/// The most that one page can have.
pub(super) const MOST: usize = 1000;

/// How many entries a page has at most: 1 to 1000.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u64")]
pub(super) struct Limit(pub(super) usize);

/// A number that is no limit.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no limit: it is 1 to {MOST}")]
pub(super) struct InvalidLimit(u64);

impl TryFrom<u64> for Limit {
    type Error = InvalidLimit;

    fn try_from(limit: u64) -> Result<Self, InvalidLimit> {
        match usize::try_from(limit) {
            Ok(limit @ 1..=MOST) => Ok(Self(limit)),
            _ => Err(InvalidLimit(limit)),
        }
    }
}

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Integer);
        number.minimum(Some(1)).maximum(Some(MOST)).into()
    }
}

impl ToSchema for Limit {}

/// Where the next page begins: behind the entry with this key. What it is made of is not for others
/// to know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Cursor(pub(super) String);

/// A text that no list has given out as its next page.
#[derive(Debug, thiserror::Error)]
#[error("this is no cursor: take what the page before has as \"next\"")]
pub(super) struct InvalidCursor;

impl TryFrom<String> for Cursor {
    type Error = InvalidCursor;

    fn try_from(text: String) -> Result<Self, InvalidCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        String::from_utf8(bytes).map(Self).map_err(|_| InvalidCursor)
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl PartialSchema for Cursor {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}

impl ToSchema for Cursor {}

/// The entries from `start` that one page has, and the cursor of the next one, if there is one.
pub(super) fn page<T>(
    entries: Vec<T>,
    start: usize,
    limit: Limit,
    key: impl Fn(&T) -> String,
) -> (Vec<T>, Option<Cursor>) {
    let more = entries.len().saturating_sub(start) > limit.0;
    let page: Vec<T> = entries.into_iter().skip(start).take(limit.0).collect();
    let next = page.last().filter(|_| more).map(|last| Cursor(key(last)));
    (page, next)
}

/// Where a page begins in a list that is in the order of these keys.
pub(super) fn behind<T>(
    entries: &[T],
    after: Option<&Cursor>,
    key: impl Fn(&T) -> String,
) -> usize {
    after.map_or(0, |after| entries.partition_point(|entry| key(entry) <= after.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_though_entries_come_and_go() {
        let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let page = |names: &[&str], after: Option<&Cursor>| {
            let entries = list(names);
            let start = behind(&entries, after, Clone::clone);
            page(entries, start, Limit(2), Clone::clone)
        };
        let (first, next) = page(&["a", "b", "c", "d"], None);
        assert_eq!((first, next.clone()), (list(&["a", "b"]), Some(Cursor("b".into()))));
        let (second, next) = page(&["a", "aa", "c", "d"], next.as_ref());
        assert_eq!((second, next), (list(&["c", "d"]), None));
        let (past, next) = page(&["a"], Some(&Cursor("z".into())));
        assert_eq!((past.len(), next), (0, None));
    }

    #[test]
    fn a_cursor_comes_back_as_it_was_given() {
        let cursor = Cursor("llama-server:cpu\n\u{e4}".into());
        let text = serde_json::to_value(&cursor).unwrap();
        assert_eq!(serde_json::from_value::<Cursor>(text).unwrap(), cursor);
        assert!(serde_json::from_str::<Cursor>("\"!\"").is_err());
    }
}
