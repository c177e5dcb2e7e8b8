use std::{io, path::Path};

use crate::StoreError;

/// Says what was being done when the operating system refused.
pub(super) trait Doing<T> {
    fn doing(self, action: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, action: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Io { action, source })
    }
}

/// Names the path in an answer that has only a number.
pub(super) fn at<E: Into<io::Error>>(path: &Path) -> impl FnOnce(E) -> io::Error + '_ {
    move |error| {
        let error = error.into();
        io::Error::new(error.kind(), format!("{}: {error}", path.display()))
    }
}
