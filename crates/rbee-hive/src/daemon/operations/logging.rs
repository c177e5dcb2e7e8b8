use std::io;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{LogFilter, LogFormat};

/// From now on, what happens is told on stderr. Only the first call counts.
pub(crate) fn log_to_stderr(format: LogFormat, LogFilter(filter): &LogFilter, colored: bool) {
    // It was checked when it was read.
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = fmt::layer().with_writer(io::stderr);
    // The first to be set stays, which is what is wanted.
    let _ = match format {
        LogFormat::Text => registry.with(layer.with_target(false).with_ansi(colored)).try_init(),
        LogFormat::Json => {
            registry.with(layer.json().flatten_event(true).with_current_span(false)).try_init()
        }
    };
}
