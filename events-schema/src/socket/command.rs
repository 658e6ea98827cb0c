//! What a client may send. Every command that changes something carries an id of the client's making:
//! the same id twice is one command.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ActionId, BookingId, DecisionId, EmployeeId, OptionId};
use crate::ticket::TicketDetails;
use crate::trip::TripFields;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "action",
    rename_all = "snake_case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Command {
    RequestBooking {
        request_id: ActionId,
        /// 1 to 2,000 characters.
        #[schemars(length(min = 1, max = 2000))]
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fields: Option<TripFields>,
    },
    /// Answers the planner's questions.
    Clarify {
        action_id: ActionId,
        booking_id: BookingId,
        text: String,
        /// Of the questions answered: those of another round are refused. Without it the newest are meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        round: Option<u32>,
    },
    /// Who travels, one entry per traveller, before the purchase is confirmed.
    SetPassengers {
        action_id: ActionId,
        booking_id: BookingId,
        passengers: Vec<Passenger>,
    },
    SelectOption {
        action_id: ActionId,
        booking_id: BookingId,
        decision_id: DecisionId,
        nonce: String,
        option_id: OptionId,
    },
    DecideApproval {
        action_id: ActionId,
        booking_id: BookingId,
        decision_id: DecisionId,
        nonce: String,
        quote_hash: String,
        decision: Verdict,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    ConfirmPurchase {
        action_id: ActionId,
        booking_id: BookingId,
        decision_id: DecisionId,
        nonce: String,
        quote_hash: String,
        decision: Verdict,
    },
    /// A booking under way is stopped and undone. Of a confirmed one the suppliers' conditions are shown first, in a
    /// lifecycle of its own: `accepted` names it.
    CancelBooking {
        action_id: ActionId,
        booking_id: BookingId,
    },
    /// Answers the conditions of cancelling a confirmed booking; `bookingId` is the cancellation's.
    ConfirmCancellation {
        action_id: ActionId,
        booking_id: BookingId,
        decision_id: DecisionId,
        nonce: String,
        quote_hash: String,
        decision: Verdict,
    },
    ListBookings {
        /// As given by the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    /// Sends again every frame of the booking after this sequence.
    Resume {
        booking_id: BookingId,
        after: u64,
    },
    Ping {},
    /// Who this connection belongs to, as the server sees it.
    WhoAmI {
        action_id: ActionId,
    },
    /// The names of colleagues that frames mention by id, 1 to 50.
    NamePeople {
        action_id: ActionId,
        #[schemars(length(min = 1, max = 50))]
        employees: Vec<EmployeeId>,
    },
    /// What waits for the caller's approval, or has been settled lately; soonest deadline first.
    ListApprovals {
        action_id: ActionId,
    },
    /// For travel managers: what was spent, how well the policy held, who is where.
    ReadInsights {
        action_id: ActionId,
    },
    /// The calendar file of a confirmed booking of one's own.
    GetItinerary {
        action_id: ActionId,
        booking_id: BookingId,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Yes,
    No,
}

/// What a ticket needs to know of a passenger, all of it before the purchase; what is missing is named in the answer.
/// Personal data: kept encrypted, never in an event or a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PassengerDetails {
    /// As in the passport.
    #[serde(default)]
    #[schemars(length(max = 60))]
    pub given_name: String,
    #[serde(default)]
    #[schemars(length(max = 60))]
    pub family_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born_on: Option<Date>,
    #[serde(default)]
    #[schemars(length(max = 254))]
    pub email: String,
    /// E.164: `+4930000000`.
    #[serde(default)]
    pub phone: String,
    /// Title, gender, passport, loyalty: what only some suppliers ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketDetails>,
}

/// A traveller by employee id (their stored details are used) or by the details themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Passenger {
    Employee(EmployeeId),
    Details(PassengerDetails),
}

impl Command {
    /// Decisions about money want a token that was issued a moment ago: AUTH_FAILED otherwise.
    pub fn moves_money(&self) -> bool {
        matches!(
            self,
            Self::DecideApproval { .. } | Self::ConfirmPurchase { .. } | Self::ConfirmCancellation { .. }
        )
    }

    /// As in `action`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RequestBooking { .. } => "request_booking",
            Self::Clarify { .. } => "clarify",
            Self::SetPassengers { .. } => "set_passengers",
            Self::SelectOption { .. } => "select_option",
            Self::DecideApproval { .. } => "decide_approval",
            Self::ConfirmPurchase { .. } => "confirm_purchase",
            Self::CancelBooking { .. } => "cancel_booking",
            Self::ConfirmCancellation { .. } => "confirm_cancellation",
            Self::ListBookings { .. } => "list_bookings",
            Self::Resume { .. } => "resume",
            Self::Ping {} => "ping",
            Self::WhoAmI { .. } => "who_am_i",
            Self::NamePeople { .. } => "name_people",
            Self::ListApprovals { .. } => "list_approvals",
            Self::ReadInsights { .. } => "read_insights",
            Self::GetItinerary { .. } => "get_itinerary",
        }
    }
}
