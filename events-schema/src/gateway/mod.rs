//! What people did: the only producer of facts about people's wishes and decisions.

mod access_refused;
mod approval_declined;
mod approval_granted;
mod booking_requested;
mod cancel_requested;
mod cancellation_confirmed;
mod cancellation_declined;
mod cancellation_requested;
mod clarification_given;
mod option_selected;
mod purchase_confirmed;
mod purchase_declined;

pub use access_refused::AccessRefused;
pub use approval_declined::ApprovalDeclined;
pub use approval_granted::ApprovalGranted;
pub use booking_requested::BookingRequested;
pub use cancel_requested::CancelRequested;
pub use cancellation_confirmed::CancellationConfirmed;
pub use cancellation_declined::CancellationDeclined;
pub use cancellation_requested::CancellationRequested;
pub use clarification_given::ClarificationGiven;
pub use option_selected::OptionSelected;
pub use purchase_confirmed::PurchaseConfirmed;
pub use purchase_declined::PurchaseDeclined;
