//! Each socket is an open file, here and in the server, which inherits the limit.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::BenchError;

/// Databases, logs, connections of the bookings.
const BESIDES: u64 = 500;

/// Raises the limit of open files as far as `sockets` need, or says how to.
pub fn allow(sockets: usize) -> Result<(), BenchError> {
    let needed = u64::try_from(sockets)? + BESIDES;
    let limit = getrlimit(Resource::Nofile);
    // No limit is `None`.
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if let Some(maximum) = limit.maximum.filter(|maximum| *maximum < needed) {
        return Err(format!(
            "{sockets} sockets need {needed} open files, and this user may have {maximum}: \
             raise it (`ulimit -Hn`, or nofile in limits.conf), or open fewer with --sockets"
        )
        .into());
    }
    let raised = Rlimit {
        current: Some(needed),
        ..limit
    };
    Ok(setrlimit(Resource::Nofile, raised)?)
}
