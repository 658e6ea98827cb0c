//! Where the cloud keeps what must survive `kill -9`: one SQLite file for queues, archives, workflow journals
//! and stream positions (DynamoDB items live in dynoxide's own file). Each module creates the tables it owns.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::Connection;

/// More than there are different statements in all services.
const STATEMENTS: usize = 256;

#[derive(Clone)]
pub struct Store(Arc<Mutex<Connection>>);

impl Store {
    /// Opens or creates `path`. WAL with `synchronous=NORMAL` survives the death of the process at any moment;
    /// a power cut may lose the last transactions, which a laptop stand-in accepts.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        // All services share the connection: by default it remembers 16 statements and would compile the rest anew.
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// The connection, for one short transaction. Never held across an await.
    pub fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
