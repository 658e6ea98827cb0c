//! The first reading of a request, with the policy's clauses at hand.

use events_schema::envelope::Envelope;
use events_schema::policy::PolicyRetrieved;
use events_schema::state::BookingState;
use lambda_host::{HandlerError, Invocation, Live};

use crate::{CONSUMER, Planner};

impl Planner {
    pub(crate) async fn on_policy_retrieved(
        &self,
        live: &Live,
        event: Envelope<PolicyRetrieved>,
        invocation: &Invocation,
    ) -> Result<(), HandlerError> {
        let meta = &event.meta;
        let expected = [BookingState::PolicyRetrieved];
        let decide = |_| async { self.read_request(live, meta, invocation).await.map(Some) };
        self.transitions
            .react(live, CONSUMER, meta, &expected, decide)
            .await?;
        Ok(())
    }
}
