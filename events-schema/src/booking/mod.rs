//! The human segment and how a booking ends.

mod approval_requested;
mod attention_resolved;
mod booking_cancelled;
mod booking_confirmed;
mod booking_expired;
mod booking_failed;
mod booking_needs_attention;
mod budget_captured;
mod budget_released;
mod budget_reserved;
mod leg_booked;
mod leg_booking_failed;
mod leg_cancelled;
mod offer_requoted;
mod options_presented;
mod policy_question_answered;
mod purchase_confirmation_requested;

pub use approval_requested::ApprovalRequested;
pub use attention_resolved::AttentionResolved;
pub use booking_cancelled::BookingCancelled;
pub use booking_confirmed::BookingConfirmed;
pub use booking_expired::BookingExpired;
pub use booking_failed::BookingFailed;
pub use booking_needs_attention::BookingNeedsAttention;
pub use budget_captured::BudgetCaptured;
pub use budget_released::BudgetReleased;
pub use budget_reserved::BudgetReserved;
pub use leg_booked::LegBooked;
pub use leg_booking_failed::LegBookingFailed;
pub use leg_cancelled::LegCancelled;
pub use offer_requoted::{OfferRequoted, QuoteOutcome};
pub use options_presented::OptionsPresented;
pub use policy_question_answered::PolicyQuestionAnswered;
pub use purchase_confirmation_requested::PurchaseConfirmationRequested;
