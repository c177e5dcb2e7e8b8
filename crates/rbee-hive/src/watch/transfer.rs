use indicatif::ProgressBar;

/// Shows how far something is on its way to or from a daemon; gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Transfer {
    bar: Option<ProgressBar>,
}

impl Transfer {
    /// `None` where nothing is drawn.
    pub(super) fn new(bar: Option<ProgressBar>) -> Self {
        Self { bar }
    }

    /// Takes how many bytes are there.
    pub(crate) fn advance(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
