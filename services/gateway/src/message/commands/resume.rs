//! Sends again what a client missed: the very frames, in their order.

use events_schema::ids::BookingId;
use events_schema::socket::Frame;
use lambda_host::head::BookingKey;

use super::Desk;
use lambda_host::door::Caller;
use lambda_host::door::CommandError;

impl Desk {
    pub(super) async fn resume(
        &self,
        caller: &Caller,
        booking: BookingId,
        after: u64,
    ) -> Result<Vec<Frame>, CommandError> {
        let rows = self.tables.frames(&caller.employee, booking, after).await?;
        if rows.is_empty() {
            self.check_known(caller, booking).await?;
        }
        let frames = rows.iter().map(|row| serde_json::from_str(&row.frame));
        Ok(frames.collect::<Result<_, _>>()?)
    }

    /// Nothing to send again is no error for somebody who has to do with the booking.
    async fn check_known(&self, caller: &Caller, booking: BookingId) -> Result<(), CommandError> {
        let key = BookingKey::new(caller.employee.clone(), booking);
        let own = self.transitions.head(&key).await?.is_some();
        if own || !self.tables.frames(&caller.employee, booking, 0).await?.is_empty() {
            return Ok(());
        }
        Err(self.unknown(booking).await?.into())
    }
}
