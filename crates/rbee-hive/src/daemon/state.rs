use std::sync::Arc;

use super::Catalogs;

/// What every handler has. Clones are the same daemon.
#[derive(Debug, Clone)]
pub(crate) struct Daemon(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    catalogs: Catalogs,
}

impl Daemon {
    pub(crate) fn new(catalogs: Catalogs) -> Self {
        Self(Arc::new(Inner { catalogs }))
    }

    /// What is installed and what can be.
    pub(crate) fn catalogs(&self) -> &Catalogs {
        &self.0.catalogs
    }
}
