//! Tokens that were refused, for the audit: the reason and the connection, never the token, and no name, since nobody
//! vouches for the one it says. Anybody can send bad tokens, at any pace; the first few of every ten seconds are
//! written down, and a flood shows as that many in every such stretch.

use events_schema::gateway::AccessRefused;
use events_schema::ids::ConnectionId;
use events_schema::problem::ErrorCode;
use lambda_host::door::{Limit, Refusals};
use lambda_host::{ConfigError, HandlerError, Live, Runtime};

use super::Refused;

/// In ten seconds.
const WRITTEN_DOWN: u32 = 5;
const COUNTER: &str = "limit#$connect";

pub(super) struct Attempts {
    limit: Limit,
    refusals: Refusals,
}

impl Attempts {
    /// Settings: `CONNECTIONS_TABLE`, `JOURNAL_TABLE`, `BUS_NAME`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            limit: Limit::from_runtime(runtime, WRITTEN_DOWN)?,
            refusals: Refusals::from_runtime(runtime)?,
        })
    }

    /// That it could not be written down must not let anybody in, nor turn a clear no into an error.
    pub async fn remember(&self, live: &Live, connection: &str, reason: &Refused) {
        if let Err(error) = self.record(live, connection, reason).await {
            tracing::error!(%error, connection, "a refused token was not recorded");
        }
    }

    async fn record(&self, live: &Live, connection: &str, reason: &Refused) -> Result<(), HandlerError> {
        if !self.limit.take(COUNTER).await? {
            return Ok(());
        }
        let event = AccessRefused {
            code: ErrorCode::AuthFailed,
            action: "connect".into(),
            booking: None,
            connection: ConnectionId::new(connection),
            reason: Some(reason.to_string()),
        };
        self.refusals.record(live, None, connection, &event).await
    }
}
