//! What a travel manager may send, and what the answers are made of. The same protocol and the same socket as
//! everybody's; other functions take these commands.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::booking::SettledLeg;
use crate::ids::{ActionId, BookingId, ClauseId, CostCentre, EmployeeId, PolicyVersion, RuleId, SupplierId};
use crate::money::Money;
use crate::person::{EmployeeLevel, Role};

/// All of these need the role travel manager (or administrator).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "action",
    rename_all = "snake_case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum OfficeCommand {
    ListPeople {
        /// As given by the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    ShowPerson {
        employee_id: EmployeeId,
    },
    /// Adds and changes people as the lines say, all or none; who is not in the file stays as they are.
    ImportPeople {
        action_id: ActionId,
        csv: String,
        /// Say what would change, and change nothing.
        #[serde(default)]
        dry_run: bool,
    },
    ExportPeople {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    ChangePerson {
        action_id: ActionId,
        employee_id: EmployeeId,
        change: PersonChange,
    },
    /// Names who decides for a person while they are away; without `to`, nobody does any more.
    DelegatePerson {
        action_id: ActionId,
        employee_id: EmployeeId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<EmployeeId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Makes a person's details and words unreadable, for good.
    ErasePerson {
        action_id: ActionId,
        employee_id: EmployeeId,
    },
    ListBudgets {},
    ShowBudget {
        cost_centre: CostCentre,
    },
    SetBudget {
        action_id: ActionId,
        cost_centre: CostCentre,
        limit: Money,
    },
    ListAttention {},
    ShowAttention {
        booking_id: BookingId,
    },
    ResolveAttention {
        action_id: ActionId,
        booking_id: BookingId,
        /// What became of every leg that is open.
        legs: Vec<SettledLeg>,
        /// How this is known: 1 to 2,000 characters.
        #[schemars(length(min = 1, max = 2000))]
        note: String,
    },
    ListPolicies {},
    /// A version clause by clause, each with the rules that cite it.
    ShowPolicy {
        version: PolicyVersion,
        /// As given by the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    /// Announces a document and asks where to put it.
    UploadPolicy {
        action_id: ActionId,
        /// With its ending, which says what kind of document it is.
        file_name: String,
        /// How large it is.
        bytes: u64,
    },
    /// New bookings follow this version from now on.
    ActivatePolicy {
        action_id: ActionId,
        version: PolicyVersion,
    },
    /// A booking's events in order, each with its cause and its way: `history`.
    ShowHistory {
        booking_id: BookingId,
    },
    /// One of them as it was published: `event_shown`.
    ShowEvent {
        booking_id: BookingId,
        sequence: u64,
    },
    /// What the bus has received since, or lately: `tail`.
    TailEvents {
        /// `reached` of the answer before. A little of what was told then is told again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Timestamp>,
    },
    ListReplays {},
    /// Replays from the archive what happened in a span of time, to the read model that welcomes replays and to nobody
    /// else.
    StartReplay {
        action_id: ActionId,
        from: Timestamp,
        to: Timestamp,
    },
}

/// Only what is given changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<EmployeeLevel>,
    /// Who is asked for L1, then L2 approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvers: Option<Vec<EmployeeId>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finance_approver: Option<EmployeeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_centre: Option<CostCentre>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// A person as the directory has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonEntry {
    pub employee_id: EmployeeId,
    pub name: String,
    pub roles: Vec<Role>,
    pub level: EmployeeLevel,
    pub approvers: Vec<EmployeeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finance_approver: Option<EmployeeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegate: Option<EmployeeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_until: Option<Timestamp>,
    pub cost_centre: CostCentre,
    pub zone: String,
    pub locale: String,
}

/// What an import changes about one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonDifference {
    pub employee_id: EmployeeId,
    /// `level: L2 -> L3`, one per field.
    pub differences: Vec<String>,
}

/// Why a line of an import cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineProblem {
    /// From 1, as an editor counts them; the header is line 1.
    pub line: u64,
    pub problem: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    pub cost_centre: CostCentre,
    /// Absent where none was set: then the cost centre is not limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Money>,
    /// Set aside for bookings under way.
    pub reserved: Money,
    pub captured: Money,
    /// Given back over time.
    pub released: Money,
    /// `limit - reserved - captured`; below zero if a supplier charged more than was left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<Money>,
}

/// What one booking did to its budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetEntry {
    pub booking_id: BookingId,
    /// `reserved`, `captured` or `released`.
    pub state: String,
    pub amount: Money,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetChange {
    pub at: Timestamp,
    pub by: EmployeeId,
    pub limit: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Money>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttentionItem {
    pub booking_id: BookingId,
    /// Whose booking it is.
    pub employee_id: EmployeeId,
    /// The role that sees to it.
    pub owner: Role,
    /// What is open, in a sentence.
    pub reason: String,
    pub since: Timestamp,
    /// In whole minutes, until now or until it was resolved.
    pub age_minutes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolution>,
    /// By when it should be resolved, or the next reminder if that has passed.
    pub due_at: Timestamp,
    /// How often its owners were reminded.
    pub reminders: u32,
    pub cost_centre: CostCentre,
    /// Still set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved: Option<Money>,
    /// Spent, though the booking was not confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Money>,
}

/// Who found out what was open, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resolution {
    pub at: Timestamp,
    pub by: EmployeeId,
}

/// What is known of one leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttentionLeg {
    pub leg: u32,
    pub supplier: SupplierId,
    /// Under which the supplier was asked: what to search for in its back office.
    pub idempotency_key: String,
    /// `booked`, `unknown`, `not_cancellable`, ….
    pub state: String,
    /// Whether somebody must find out: `resolve_attention` needs a word on it.
    pub open: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    pub total: Money,
    /// What the supplier last said, where that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_answer: Option<String>,
}

/// One version of the policy and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyEntry {
    pub version: PolicyVersion,
    /// `pending`, `processing`, `ready`, `active`, `retired` or `failed`.
    pub state: String,
    pub file_name: String,
    pub uploaded_at: Timestamp,
    pub clauses: u32,
    pub rules: u32,
    /// Who drafted the rules, where nobody wrote them: `model` or `rules`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drafted_by: Option<String>,
    /// Why it failed, with what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A clause beside the rules that cite it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyClause {
    pub clause: ClauseId,
    pub section: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    pub text: String,
    pub rules: Vec<RuleInWords>,
    /// Amounts that the text names for flights or nights and that none of these rules holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unheld: Vec<Money>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuleInWords {
    pub id: RuleId,
    /// What it does, in a sentence.
    pub says: String,
}

impl OfficeCommand {
    /// As [`Command::moves_money`](super::Command::moves_money).
    pub fn moves_money(&self) -> bool {
        matches!(self, Self::SetBudget { .. } | Self::ResolveAttention { .. })
    }

    /// As in `action`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ListPeople { .. } => "list_people",
            Self::ShowPerson { .. } => "show_person",
            Self::ImportPeople { .. } => "import_people",
            Self::ExportPeople { .. } => "export_people",
            Self::ChangePerson { .. } => "change_person",
            Self::DelegatePerson { .. } => "delegate_person",
            Self::ErasePerson { .. } => "erase_person",
            Self::ListBudgets {} => "list_budgets",
            Self::ShowBudget { .. } => "show_budget",
            Self::SetBudget { .. } => "set_budget",
            Self::ListAttention {} => "list_attention",
            Self::ShowAttention { .. } => "show_attention",
            Self::ResolveAttention { .. } => "resolve_attention",
            Self::ListPolicies {} => "list_policies",
            Self::ShowPolicy { .. } => "show_policy",
            Self::UploadPolicy { .. } => "upload_policy",
            Self::ActivatePolicy { .. } => "activate_policy",
            Self::ShowHistory { .. } => "show_history",
            Self::ShowEvent { .. } => "show_event",
            Self::TailEvents { .. } => "tail_events",
            Self::ListReplays {} => "list_replays",
            Self::StartReplay { .. } => "start_replay",
        }
    }
}
