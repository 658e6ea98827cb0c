//! The travel manager's view: computed from the facts that `insights` keeps.

use events_schema::insights::aggregate;
use events_schema::socket::{Frame, FrameBody};
use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::Desk;
use lambda_host::door::Caller;
use lambda_host::door::CommandError;
use lambda_host::door::answer;

/// Below what a frame may hold.
const MOST_TRIPS: usize = 300;

impl Desk {
    pub(super) async fn read_insights(&self, caller: &Caller) -> Result<Vec<Frame>, CommandError> {
        caller.must_be_travel_manager()?;
        let mut summary = aggregate(&self.tables.facts().await?);
        // Somewhere it is still yesterday.
        let yesterday = self
            .clock
            .now()
            .to_zoned(TimeZone::UTC)
            .date()
            .saturating_sub(1.day());
        summary.whereabouts.retain(|place| place.until >= yesterday);
        summary.whereabouts.truncate(MOST_TRIPS);
        let travellers = summary.whereabouts.iter().map(|place| place.employee_id.clone());
        let people = self.named(travellers.collect()).await?;
        Ok(vec![answer::alone(FrameBody::Insights { summary, people })])
    }
}
