//! For tests: a cloud with its two listeners on free ports, to be spoken with as any other process would.

use std::path::Path;

use super::connection::throwaway;
use super::up::Server;

pub(super) async fn start(directory: &Path) -> Server {
    match Server::start(&throwaway(), directory).await {
        Ok(server) => server,
        Err(error) => panic!("the cloud does not start: {}", super::report(error.as_ref())),
    }
}
