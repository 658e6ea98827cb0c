//! Reading what this test's own thread logs.

use tracing::Dispatch;
use tracing::dispatcher::DefaultGuard;

/// Ends when dropped.
pub struct Listening {
    _guard: DefaultGuard,
    _beside: Dispatch,
}

/// `tracing` takes a lone listener to be everybody's: a thread of another test, which has none, would then switch off
/// for all of the process each place of the code that it is the first to log at. Of two it asks both, whoever logs.
pub fn listen(listener: &Dispatch) -> Listening {
    let beside = Dispatch::new(tracing_subscriber::registry());
    Listening {
        _guard: tracing::dispatcher::set_default(listener),
        _beside: beside,
    }
}
