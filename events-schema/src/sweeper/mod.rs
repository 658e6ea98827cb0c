//! Bookings found stuck.

mod booking_overdue;

pub use booking_overdue::BookingOverdue;
