//! Bookings found stuck, and those a person should have seen to.

mod attention_overdue;
mod booking_overdue;

pub use attention_overdue::AttentionOverdue;
pub use booking_overdue::BookingOverdue;
