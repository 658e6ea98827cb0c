//! The asynchronous runtime of `sojourn` and of its benchmarks.

use std::io;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};

/// Calls within the local cloud are answered at once, so that a function may keep its thread for tens of milliseconds.
/// With a thread a core, a frame to a socket would wait behind whole functions.
const WORKERS_A_CORE: usize = 2;
/// Tokio's own setting, which goes before ours.
const SETTING: &str = "TOKIO_WORKER_THREADS";

/// # Errors
///
/// The system gives no threads.
pub fn runtime() -> io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if std::env::var_os(SETTING).is_none() {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        builder.worker_threads(WORKERS_A_CORE * cores);
    }
    builder.enable_all().build()
}
