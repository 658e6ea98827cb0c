//! What becomes of booked flights before they are flown.

mod schedule_changed;

pub use schedule_changed::ScheduleChanged;
