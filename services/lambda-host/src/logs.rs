//! How log lines are written: JSON where machines read them, words where people do.

use std::io;

use tracing::Dispatch;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON document a line: `timestamp`, `level`, the line's own fields, and `span` with the step's.
    Json,
    Text,
}

/// Writes every line of the process from now on: those that `RUST_LOG` asks for, else those of `default`. Only a
/// `main` calls it, once.
pub fn start<W>(format: Format, default: &str, writer: W)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // Refused if somebody else listens already; then they get the lines.
    let _ = tracing::dispatcher::set_global_default(dispatch(format, filter, writer));
}

/// What [`start`] installs, for whoever wants lines elsewhere.
pub fn dispatch<W>(format: Format, filter: impl Into<EnvFilter>, writer: W) -> Dispatch
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_target(false);
    match format {
        Format::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .into(),
        Format::Text => lines.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).into(),
    }
}
