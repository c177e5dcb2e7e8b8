//! The result, and nothing else.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::error::Error;

/// Writes text as it is.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    bytes(text.as_bytes())
}

/// Writes bytes as they are.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        // Who reads has read enough: `rbee-hive worker list | head -1`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Error::Output),
    }
}

/// Writes the one JSON document: on one line, unless a person looks at it.
pub(crate) fn document(value: &impl Serialize) -> Result<(), Error> {
    let text = if io::stdout().is_terminal() {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    };
    let text = text.map_err(|error| Error::Output(error.into()))?;
    print(&format!("{text}\n"))
}
