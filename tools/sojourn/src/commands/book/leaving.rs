//! What becomes of a trip that its traveller leaves, or loses, and how to go on with it.

use super::Trip;

impl Trip<'_> {
    /// Indented lines, to stand below a sentence that says why.
    pub(super) fn how_to_go_on(&self) -> String {
        if self.connection.is_own() {
            return "  Nothing is bought that you did not confirm, and this cloud ends with its booking."
                .into();
        }
        let (web, person) = (&self.connection.running.web, &self.args.person);
        let Some(booking) = self.booking else {
            return format!(
                "  Whether the request arrived is not known yet; nothing is bought without you.\n  \
                 Your trips:  {web}/#/trips"
            );
        };
        let data = self.args.data.as_ref();
        let data = data.map_or(String::new(), |data| format!(" --data {}", data.display()));
        format!(
            "  Booking {booking} goes on as far as it can; nothing is bought that you did not confirm.\n  \
             To go on:  cargo run -- book --resume {booking} --as {person}{data}\n             \
             {web}/#/trips/{booking}\n  \
             To stop:   cargo run -- cancel {booking} --as {person}{data}"
        )
    }
}
