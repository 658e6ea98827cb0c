//! The traveller answered: everything said so far is read again, the newest words winning.

use events_schema::envelope::{Envelope, Meta};
use events_schema::gateway::ClarificationGiven;
use events_schema::state::BookingState;
use lambda_host::{HandlerError, Invocation, Live, Next};

use crate::understand::understand;
use crate::{CONSUMER, Planner, decide};

impl Planner {
    pub(crate) async fn on_clarification_given(
        &self,
        live: &Live,
        event: Envelope<ClarificationGiven>,
        invocation: &Invocation,
    ) -> Result<(), HandlerError> {
        let meta = &event.meta;
        let decide = |_| async { self.read_request(live, meta, invocation).await.map(Some) };
        self.transitions
            .react(live, CONSUMER, meta, &[BookingState::Clarified], decide)
            .await?;
        Ok(())
    }

    /// Load, understand, decide: the same for the first words and for every answer.
    pub(crate) async fn read_request(
        &self,
        live: &Live,
        meta: &Meta,
        invocation: &Invocation,
    ) -> Result<Next, HandlerError> {
        let Some(request) = self.load(meta).await? else {
            return self.next(decide::words_erased(&self.deadlines)?).await;
        };
        let time_left = self.time_left(invocation);
        let (booking, data) = (request.history.booking, &request.data);
        let understood = understand(live, &self.model, booking, data, time_left).await?;
        self.next(decide::first(meta, &request, understood, &self.deadlines)?)
            .await
    }
}
