//! Compliance rejected a plan: it is changed where its violations allow, at most twice.

use events_schema::compliance::PlanRejected;
use events_schema::envelope::Envelope;
use events_schema::state::BookingState;
use lambda_host::{HandlerError, Invocation, Live, Next};

use crate::model::prompt::Rejected;
use crate::understand::understand;
use crate::{CONSUMER, Planner, decide};

impl Planner {
    pub(crate) async fn on_plan_rejected(
        &self,
        live: &Live,
        event: Envelope<PlanRejected>,
        invocation: &Invocation,
    ) -> Result<(), HandlerError> {
        let decide = |_| async { self.revise(live, &event, invocation).await.map(Some) };
        self.transitions
            .react(live, CONSUMER, &event.meta, &[BookingState::PlanRejected], decide)
            .await?;
        Ok(())
    }

    async fn revise(
        &self,
        live: &Live,
        event: &Envelope<PlanRejected>,
        invocation: &Invocation,
    ) -> Result<Next, HandlerError> {
        let rejected = &event.data;
        if !decide::may_revise(rejected.revision) {
            return self
                .next(decide::out_of_revisions(rejected, &self.deadlines)?)
                .await;
        }
        let Some(mut request) = self.load(&event.meta).await? else {
            return self.next(decide::words_erased(&self.deadlines)?).await;
        };
        let violations = rejected.violations.clone();
        request.data.rejected = Some(Rejected {
            plan: rejected.plan.clone(),
            violations,
        });
        let time_left = self.time_left(invocation);
        let (booking, data) = (request.history.booking, &request.data);
        let understood = understand(live, &self.model, booking, data, time_left).await?;
        self.next(decide::revision(
            &event.meta, &request, rejected, understood, &self.deadlines,
        )?)
        .await
    }
}
