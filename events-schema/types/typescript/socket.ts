// Generated from the Rust types: cargo run -- contracts generate. Long because every event is in it.

/** The client's id for one command; the same one twice is one command. */
export type ActionId = string;

export type Cabin = "economy" | "premium_economy" | "business" | "first";

/** An amount in a currency. On the wire `{"amount": "149.90", "currency": "EUR"}`: a decimal string, never a float. */
export interface Money {
  amount: string;
  /** ISO 4217 code. */
  currency: string;
}

/** Structured wishes a client may send beside the text; what is given here wins over the text. */
export interface TripFields {
  /** A city's or airport's IATA code, or a city's name. */
  origin?: string | null;
  destination?: string | null;
  departOn?: string | null;
  returnOn?: string | null;
  travellers?: number | null;
  cabin?: Cabin | null;
  /** Whether a flight, a stay or both are wanted. */
  flight?: boolean | null;
  stay?: boolean | null;
  maxPerNight?: Money | null;
}

/** One lifecycle of one request. Derived from employee and request id: the same request twice is one booking. */
export type BookingId = string;

/** Who someone is for the company: the subject of the identity provider's token, never a name. */
export type EmployeeId = string;

export type Title = "mr" | "ms" | "mrs" | "miss" | "dr";

/** The two that airlines' systems know. */
export type Gender = "female" | "male";

export interface Passport {
  number: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  expiresOn: string;
}

export interface LoyaltyAccount {
  /** The airline's designator: `BA`. */
  airline: string;
  number: string;
}

/** Suppliers differ in what they ask for; one that needs what is not here says so before it sells. */
export interface TicketDetails {
  title: Title;
  /** As in the passport. */
  gender: Gender;
  passport?: Passport | null;
  /** At most one for each airline. */
  loyalty?: LoyaltyAccount[];
}

/** What a ticket needs to know of a passenger, all of it before the purchase; what is missing is named in the answer. Personal data: kept encrypted, never in an event or a log. */
export interface PassengerDetails {
  /** As in the passport. */
  givenName?: string;
  familyName?: string;
  bornOn?: string | null;
  email?: string;
  /** E.164: `+4930000000`. */
  phone?: string;
  /** Title, gender, passport, loyalty: what only some suppliers ask for. */
  ticket?: TicketDetails | null;
}

/** A traveller by employee id (their stored details are used) or by the details themselves. */
export type Passenger = {
  employee: EmployeeId;
} | {
  details: PassengerDetails;
};

/** One wait for one person: the step and its round, `choose#1`, `approve#1.2`, `confirm#1`. */
export type DecisionId = string;

/** One combination of offers shown to the traveller. */
export type OptionId = string;

export type Choice = "yes" | "no";

export type Command = {
  action: "request_booking";
  requestId: ActionId;
  /** 1 to 2,000 characters. */
  text: string;
  fields?: TripFields | null;
} | {
  action: "clarify";
  actionId: ActionId;
  bookingId: BookingId;
  text: string;
  /** Of the questions answered: those of another round are refused. Without it the newest are meant. */
  round?: number | null;
} | {
  action: "set_passengers";
  actionId: ActionId;
  bookingId: BookingId;
  passengers: Passenger[];
} | {
  action: "select_option";
  actionId: ActionId;
  bookingId: BookingId;
  decisionId: DecisionId;
  nonce: string;
  optionId: OptionId;
} | {
  action: "decide_approval";
  actionId: ActionId;
  bookingId: BookingId;
  decisionId: DecisionId;
  nonce: string;
  quoteHash: string;
  decision: Choice;
  comment?: string | null;
} | {
  action: "confirm_purchase";
  actionId: ActionId;
  bookingId: BookingId;
  decisionId: DecisionId;
  nonce: string;
  quoteHash: string;
  decision: Choice;
} | {
  action: "cancel_booking";
  actionId: ActionId;
  bookingId: BookingId;
} | {
  action: "confirm_cancellation";
  actionId: ActionId;
  bookingId: BookingId;
  decisionId: DecisionId;
  nonce: string;
  quoteHash: string;
  decision: Choice;
} | {
  action: "list_bookings";
  /** As given by the page before. */
  cursor?: string | null;
} | {
  action: "resume";
  bookingId: BookingId;
  after: number;
} | {
  action: "ping";
} | {
  action: "who_am_i";
  actionId: ActionId;
} | {
  action: "name_people";
  actionId: ActionId;
  employees: EmployeeId[];
} | {
  action: "list_approvals";
  actionId: ActionId;
} | {
  action: "read_insights";
  actionId: ActionId;
} | {
  action: "get_itinerary";
  actionId: ActionId;
  bookingId: BookingId;
};

export type Role = "traveller" | "approver" | "travel_manager" | "administrator";

/** Levels of the career ladder that policies refer to, lowest first. */
export type EmployeeLevel = "L1" | "L2" | "L3" | "L4" | "L5";

export type CostCentre = string;

/** Only what is given changes. */
export interface PersonChange {
  name?: string | null;
  roles?: Role[] | null;
  level?: EmployeeLevel | null;
  /** Who is asked for L1, then L2 approval. */
  approvers?: EmployeeId[] | null;
  financeApprover?: EmployeeId | null;
  costCentre?: CostCentre | null;
  zone?: string | null;
  locale?: string | null;
}

export type LegOutcome = "kept" | "undone";

/** What a person found out about one leg. */
export interface SettledLeg {
  /** From 0, in the order of booking. */
  leg: number;
  outcome: LegOutcome;
  /** The supplier's reference: for a leg that is kept it is the evidence. */
  reference?: string | null;
  /** What the supplier charges in the end: the leg's price if it is kept, a fee or nothing if it is undone. */
  charged?: Money | null;
}

/** One ingested document, by the time it was uploaded and its content: `2026-11-20T09-00-00Z-1f3a9c`. */
export type PolicyVersion = string;

/** All of these need the role travel manager (or administrator). */
export type OfficeCommand = {
  action: "list_people";
  /** As given by the page before. */
  cursor?: string | null;
} | {
  action: "show_person";
  employeeId: EmployeeId;
} | {
  action: "import_people";
  actionId: ActionId;
  csv: string;
  /** Say what would change, and change nothing. */
  dryRun?: boolean;
} | {
  action: "export_people";
  cursor?: string | null;
} | {
  action: "change_person";
  actionId: ActionId;
  employeeId: EmployeeId;
  change: PersonChange;
} | {
  action: "delegate_person";
  actionId: ActionId;
  employeeId: EmployeeId;
  to?: EmployeeId | null;
  from?: string | null;
  until?: string | null;
} | {
  action: "erase_person";
  actionId: ActionId;
  employeeId: EmployeeId;
} | {
  action: "list_budgets";
} | {
  action: "show_budget";
  costCentre: CostCentre;
} | {
  action: "set_budget";
  actionId: ActionId;
  costCentre: CostCentre;
  limit: Money;
} | {
  action: "list_attention";
} | {
  action: "show_attention";
  bookingId: BookingId;
} | {
  action: "resolve_attention";
  actionId: ActionId;
  bookingId: BookingId;
  /** What became of every leg that is open. */
  legs: SettledLeg[];
  /** How this is known: 1 to 2,000 characters. */
  note: string;
} | {
  action: "list_policies";
} | {
  action: "show_policy";
  version: PolicyVersion;
  /** As given by the page before. */
  cursor?: string | null;
} | {
  action: "upload_policy";
  actionId: ActionId;
  /** With its ending, which says what kind of document it is. */
  fileName: string;
  /** How large it is. */
  bytes: number;
} | {
  action: "activate_policy";
  actionId: ActionId;
  version: PolicyVersion;
} | {
  action: "show_history";
  bookingId: BookingId;
} | {
  action: "show_event";
  bookingId: BookingId;
  sequence: number;
} | {
  action: "tail_events";
  /** `reached` of the answer before. A little of what was told then is told again. */
  after?: string | null;
} | {
  action: "list_replays";
} | {
  action: "start_replay";
  actionId: ActionId;
  from: string;
  to: string;
};

/** One message of a client, as a WebSocket text frame. */
export type SocketCommand = Command | OfficeCommand;

export type Problem = "missing" | "ambiguous" | "unknown" | "in_the_past" | "too_far_ahead" | "out_of_order" | "same_place" | "out_of_range";

export interface Question {
  /** The field of the plan in question: `destination`. */
  field: string;
  problem: Problem;
  /** A sentence for the traveller, without words of theirs. */
  question: string;
  /** Choices, where there are a few: `["Portland, Oregon (PDX)", "Portland, Maine (PWM)"]`. */
  choices: string[];
}

/** One priced offer of one supplier within a booking. */
export type OfferId = string;

/** A supplier by its configured name: `sample-api`. */
export type SupplierId = string;

/** Three capital letters: an airport (`TXL`) or a metropolitan area (`BER`, `LON`). Well formed, not necessarily assigned. */
export type IataCode = string;

/** Wall-clock time at a place. The instant follows from both. */
export interface LocalTime {
  /** `2026-12-03T07:10:00`, without an offset. */
  local: string;
  /** IANA time zone, `Europe/Berlin`. */
  zone: string;
}

export interface FlightSegment {
  /** Carrier and number as printed on a ticket: `SJ 412`. */
  flight: string;
  /** The carrier's name. */
  carrier: string;
  from: IataCode;
  to: IataCode;
  departs: LocalTime;
  arrives: LocalTime;
  durationMinutes: number;
}

/** Where a trip begins or ends, as the request was understood. */
export interface Place {
  /** The airport's own code, or the metropolitan code where the request named a city with several airports. */
  code: IataCode;
  /** City name in English. */
  city: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** IANA time zone. */
  zone: string;
  /** The airports that serve it, best known first; one, if the request named an airport. */
  airports: IataCode[];
}

/** What one supplier books in one go: a flight there and back, or a stay. */
export type LegContent = {
  kind: "flight";
  outbound: FlightSegment[];
  /** Empty for one way. */
  inbound: FlightSegment[];
  cabin: Cabin;
  travellers: number;
} | {
  kind: "stay";
  hotel: string;
  stars: number;
  place: Place;
  checkIn: string;
  checkOut: string;
  nights: number;
  rooms: number;
  /** For one room and night, taxes included. */
  perNight: Money;
  /** From the city's centre, in kilometres, one decimal. */
  distanceKm: string;
};

/** One priced promise of one supplier, good until it expires. */
export interface Offer {
  id: OfferId;
  supplier: SupplierId;
  /** The supplier's own handle for quoting and booking this offer. */
  supplierOffer: string;
  content: LegContent;
  /** For all travellers, taxes included. */
  total: Money;
  taxes: Money;
  expiresAt: string;
  /** Whether money comes back on cancellation before departure or arrival. */
  refundable: boolean;
  /** Whether the supplier holds it without payment. */
  holdable: boolean;
  /** The supplier's conditions, in a sentence or two. */
  conditions: string;
}

/** A typed rule within one policy version: `hotel-cap-lisbon`. */
export type RuleId = string;

/** A clause within one policy version, by its number in the document: `4.2`. */
export type ClauseId = string;

export type RuleVerdict = "within" | "not_applicable" | "exceeded" | "forbidden";

/** One rule applied to one option: the same inputs always give the same trace. */
export interface RuleTrace {
  rule: RuleId;
  clause: ClauseId;
  /** The clause's own words, from the pinned version. */
  quote: string;
  observed: string;
  limit: string;
  verdict: RuleVerdict;
  /** By how much the limit is exceeded, where it is an amount. */
  over?: Money | null;
}

/** Who must say yes. Which person that is, People says: L1 and L2 are the traveller's approver chain. */
export type ApprovalLevel = "L1" | "L2" | "Finance";

/** Why somebody is asked. */
export interface ApprovalReason {
  rule: RuleId;
  clause: ClauseId;
  level: ApprovalLevel;
  /** One sentence: "38.00 EUR over the hotel cap of 140.00 EUR a night". */
  reason: string;
}

/** What silence means once the deadline has passed: a soft deadline approves, a hard one declines. */
export type Silence = "approves" | "declines";

/** What the whole policy says of one option. */
export interface Verdict {
  /** No rule exceeded: needs nobody's approval. */
  compliant: boolean;
  traces: RuleTrace[];
  /** In the order they are asked; each level once. */
  approvals: ApprovalLevel[];
  reasons: ApprovalReason[];
  /** Hours an approver has. */
  approvalSlaHours: number;
  silence: Silence;
}

/** One way to make the trip: a flight, a stay or both, priced and judged. */
export interface TripOption {
  id: OptionId;
  /** In the order they are booked: the flight first. */
  legs: Offer[];
  /** For all travellers, taxes included, in the policy's currency. */
  total: Money;
  taxes: Money;
  verdict: Verdict;
  /** One sentence: "Cheapest within policy" or "38.00 EUR over the Lisbon hotel cap: needs your manager". */
  reason: string;
}

/** What a supplier says of cancelling one leg now. */
export interface CancellationTerms {
  /** From 0, in the order of booking. */
  leg: number;
  supplier: SupplierId;
  /** The supplier's own reference. */
  reference: string;
  content: LegContent;
  paid: Money;
  refund: Money;
  fee: Money;
}

/** One leg as it was booked. */
export interface BookedLeg {
  /** From 0, in the order of booking. */
  leg: number;
  supplier: SupplierId;
  /** The supplier's reference, as a traveller would quote it. */
  reference: string;
  content: LegContent;
  total: Money;
}

/** A rule that was exceeded in a confirmed booking, and who allowed it. */
export interface PolicyException {
  rule: RuleId;
  clause: ClauseId;
  reason: string;
  /** Absent where silence approved. */
  approvedBy?: EmployeeId | null;
  /** For whom a delegate approved. */
  onBehalfOf?: EmployeeId | null;
}

export type ErrorCode = "AUTH_FAILED" | "FORBIDDEN" | "INVALID_REQUEST" | "NOT_FOUND" | "CONFLICT" | "TOO_LARGE" | "RATE_LIMITED" | "POLICY_SILENT" | "PLANNING_FAILED" | "NO_OFFERS" | "OFFER_EXPIRED" | "PRICE_CHANGED" | "SUPPLIER_UNAVAILABLE" | "BUDGET_EXCEEDED" | "APPROVAL_DECLINED" | "TOO_LATE" | "INTERNAL";

export interface FlightWish {
  origin: Place;
  destination: Place;
  /** Local date at the origin. */
  departOn: string;
  /** Local date at the destination; absent for one way. */
  returnOn?: string | null;
  /** The cabin asked for; without one, what the policy allows decides, starting from economy. */
  cabin?: Cabin | null;
  /** Outbound only: not before, local time at the origin. */
  departAfter?: string | null;
  /** Outbound only: there by, local time at the destination. */
  arriveBefore?: string | null;
  nonStop: boolean;
  /** For all travellers together, both ways. */
  maxTotal?: Money | null;
}

export interface StayWish {
  place: Place;
  checkIn: string;
  checkOut: string;
  /** For one room; "under 150 a night" is 150. */
  maxPerNight?: Money | null;
  /** What the stay should be close to, in the traveller's words, at most 80 characters. */
  near?: string | null;
}

/** What the request asks for, understood and complete; it says nothing about what is allowed or available. */
export interface TripPlan {
  travellers: number;
  flight?: FlightWish | null;
  stay?: StayWish | null;
}

/** A plan close to the one asked for, for which there are offers. */
export interface Alternative {
  /** One sentence: "A day earlier, from 212.40 EUR". */
  summary: string;
  plan: TripPlan;
  fromTotal: Money;
}

/** A clause as the pinned policy version has it. */
export interface QuotedClause {
  clause: ClauseId;
  section: string;
  text: string;
}

/** The state after the newest event. Named for what just happened, in the order of the flow. */
export type BookingState = "requested" | "policy_retrieved" | "clarification_pending" | "clarified" | "plan_proposed" | "plan_rejected" | "plan_accepted" | "offers_found" | "options_ranked" | "planning_failed" | "policy_answered" | "no_offers_found" | "search_failed" | "options_presented" | "option_selected" | "requoted" | "approval_pending" | "approval_granted" | "approval_declined" | "confirmation_pending" | "purchase_confirmed" | "purchase_declined" | "budget_reserved" | "leg_booked" | "leg_booking_failed" | "leg_cancelled" | "budget_captured" | "budget_released" | "cancellation_requested" | "cancellation_pending" | "cancellation_confirmed" | "cancellation_declined" | "budget_refunded" | "confirmed" | "failed" | "cancelled" | "expired" | "needs_attention" | "answered" | "attention_resolved" | "kept";

export interface BookingSummary {
  bookingId: BookingId;
  state: BookingState;
  sequence: number;
  /** Of a cancellation: the confirmed booking it cancels. */
  previousBooking?: BookingId | null;
  createdAt: string;
  updatedAt: string;
  /** The request in the traveller's words; absent once erased. */
  request?: string | null;
}

/** A person as the directory has them. */
export interface PersonEntry {
  employeeId: EmployeeId;
  name: string;
  roles: Role[];
  level: EmployeeLevel;
  approvers: EmployeeId[];
  financeApprover?: EmployeeId | null;
  delegate?: EmployeeId | null;
  awayFrom?: string | null;
  awayUntil?: string | null;
  costCentre: CostCentre;
  zone: string;
  locale: string;
}

/** What an import changes about one person. */
export interface PersonDifference {
  employeeId: EmployeeId;
  /** `level: L2 -> L3`, one per field. */
  differences: string[];
}

/** Why a line of an import cannot be taken. */
export interface LineProblem {
  /** From 1, as an editor counts them; the header is line 1. */
  line: number;
  problem: string;
}

export interface Budget {
  costCentre: CostCentre;
  /** Absent where none was set: then the cost centre is not limited. */
  limit?: Money | null;
  /** Set aside for bookings under way. */
  reserved: Money;
  captured: Money;
  /** Given back over time. */
  released: Money;
  /** `limit - reserved - captured`; below zero if a supplier charged more than was left. */
  available?: Money | null;
}

/** What one booking did to its budget. */
export interface BudgetEntry {
  bookingId: BookingId;
  /** `reserved`, `captured` or `released`. */
  state: string;
  amount: Money;
}

export interface BudgetChange {
  at: string;
  by: EmployeeId;
  limit: Money;
  before?: Money | null;
}

/** Who found out what was open, and when. */
export interface Resolution {
  at: string;
  by: EmployeeId;
}

export interface AttentionItem {
  bookingId: BookingId;
  /** Whose booking it is. */
  employeeId: EmployeeId;
  /** The role that sees to it. */
  owner: Role;
  /** What is open, in a sentence. */
  reason: string;
  since: string;
  /** In whole minutes, until now or until it was resolved. */
  ageMinutes: number;
  resolved?: Resolution | null;
  /** By when it should be resolved, or the next reminder if that has passed. */
  dueAt: string;
  /** How often its owners were reminded. */
  reminders: number;
  costCentre: CostCentre;
  /** Still set aside. */
  reserved?: Money | null;
  /** Spent, though the booking was not confirmed. */
  captured?: Money | null;
}

/** What is known of one leg. */
export interface AttentionLeg {
  leg: number;
  supplier: SupplierId;
  /** Under which the supplier was asked: what to search for in its back office. */
  idempotencyKey: string;
  /** `booked`, `unknown`, `not_cancellable`, …. */
  state: string;
  /** Whether somebody must find out: `resolve_attention` needs a word on it. */
  open: boolean;
  reference?: string | null;
  total: Money;
  /** What the supplier last said, where that was kept. */
  lastAnswer?: string | null;
}

/** One version of the policy and where it stands. */
export interface PolicyEntry {
  version: PolicyVersion;
  /** `pending`, `processing`, `ready`, `active`, `retired` or `failed`. */
  state: string;
  fileName: string;
  uploadedAt: string;
  clauses: number;
  rules: number;
  /** Who drafted the rules, where nobody wrote them: `model` or `rules`. */
  draftedBy?: string | null;
  /** Why it failed, with what to do. */
  reason?: string | null;
}

export interface RuleInWords {
  id: RuleId;
  /** What it does, in a sentence. */
  says: string;
}

/** A clause beside the rules that cite it. */
export interface PolicyClause {
  clause: ClauseId;
  section: string;
  page?: number | null;
  text: string;
  rules: RuleInWords[];
  /** Amounts that the text names for flights or nights and that none of these rules holds. */
  unheld?: Money[];
}

export interface NamedPerson {
  employeeId: EmployeeId;
  name: string;
}

/** One approval that is or was asked of somebody. What is needed to decide it comes with `resume` of the booking. */
export interface ApprovalSummary {
  bookingId: BookingId;
  decisionId: DecisionId;
  /** Whose trip it is. */
  employeeId: EmployeeId;
  /** Who is asked. */
  approver: EmployeeId;
  total?: Money | null;
  reasons: ApprovalReason[];
  deadlineAt: string;
  silence: Silence;
  /** Whether it still can be decided. */
  open: boolean;
  /** How it was decided; absent while it is open or where nobody decided. */
  granted?: boolean | null;
}

/** Where somebody is and for how long, by local dates. The order of the fields is the order of the list. */
export interface Whereabouts {
  /** The day of arrival. */
  from: string;
  /** The day of leaving; the day of arrival where the trip goes one way. */
  until: string;
  employeeId: EmployeeId;
  city: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  bookingId: BookingId;
}

export interface Summary {
  /** Lifecycles by how they ended: `confirmed`, `failed:NO_OFFERS`, …. */
  outcomes: {
  };
  /** What was paid, less what came back. */
  spend: {
  };
  /** What came back of trips that were cancelled. */
  refunded: {
  };
  taxes: {
  };
  confirmed: number;
  /** Confirmed without exceeding any rule. */
  compliant: number;
  /** What was paid above the lowest option that had been offered, taxes included, over the bookings where that is known in the same currency. */
  aboveLowest: {
  };
  /** By the month of purchase, `2026-11`, in UTC; what came back later is taken from the same month. */
  byMonth: {
  };
  /** Who is where and when, for all trips that were bought and not cancelled, earliest first. */
  whereabouts: Whereabouts[];
}

/** Derived from aggregate and sequence: publishing an event again gives the same id. */
export type EventId = string;

/** Somebody who got an event, as far as they left a trace. */
export interface HistoryDelivery {
  to: string;
  /** The event they made of it; absent for who only remembers having had it. */
  ledTo?: number | null;
}

/** An event that did not reach somebody, in the queue where it waits. */
export interface DeadLetter {
  queue: string;
  /** How often it was tried. */
  attempts?: number | null;
  why: string;
}

/** One event of a history, and what is known of its way. */
export interface HistoryEvent {
  sequence: number;
  eventId: EventId;
  name: string;
  /** `sojourn.planner`. */
  source: string;
  at: string;
  /** The event of the same history that led to it; absent for the first, and for what a person began. */
  causedBy?: number | null;
  /** Who did it on account of what: `planner:<eventId>`, `<employeeId>:<actionId>`, `<execution>:<step>`. */
  cause: string;
  /** When the bus first received it; absent if it never did. */
  receivedAt?: string | null;
  /** How often it was put on the bus: more than once after a crash or by the sweeper. */
  timesSaid: number;
  /** Whether the audit trail has it. */
  audited: boolean;
  deliveries: HistoryDelivery[];
  deadLetters: DeadLetter[];
}

/** What an event belongs to: a booking's id, a policy version, an employee. */
export type AggregateId = string;

/** An event as the bus received it. */
export interface ReceivedEvent {
  aggregateId: AggregateId;
  sequence: number;
  name: string;
  receivedAt: string;
  /** The event, JSON; cut where it is longer than a message may be. */
  event: string;
}

/** A replay from the archive. */
export interface ReplayEntry {
  name: string;
  /** `STARTING`, `RUNNING`, `COMPLETED`, `CANCELLED` or `FAILED`, as EventBridge says. */
  state: string;
  from: string;
  to: string;
  /** How far it has come, in the events' own time. */
  reached?: string | null;
  startedAt?: string | null;
  /** Why it failed. */
  reason?: string | null;
}

/** One message to one person, as a WebSocket text frame. */
export type SocketFrame = {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "accepted";
  actionId: ActionId;
  action: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "progress";
  step: string;
  message: string;
  at: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "clarification";
  questions: Question[];
  round: number;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "options";
  decisionId: DecisionId;
  nonce: string;
  options: TripOption[];
  deadlineAt: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "approval_requested";
  decisionId: DecisionId;
  nonce: string;
  quoteHash: string;
  option: TripOption;
  /** Whose booking it is. */
  employeeId: EmployeeId;
  /** Who is asked; a frame to the traveller says whom they wait for. */
  approver: EmployeeId;
  step: number;
  steps: number;
  reasons: ApprovalReason[];
  total: Money;
  deadlineAt: string;
  silence: Silence;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "approval_decided";
  decisionId: DecisionId;
  granted: boolean;
  /** Who decided; with `bySilence`, who was asked and did not answer. */
  by: EmployeeId;
  /** The approver in whose place a delegate decided. */
  onBehalfOf?: EmployeeId | null;
  /** The deadline passed, and the policy lets silence approve. */
  bySilence?: boolean;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "approval_voided";
  message: string;
  approvers: EmployeeId[];
  before: Money;
  after?: Money | null;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "purchase_confirmation_requested";
  decisionId: DecisionId;
  nonce: string;
  quoteHash: string;
  option: TripOption;
  total: Money;
  deadlineAt: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "cancellation_confirmation_requested";
  decisionId: DecisionId;
  nonce: string;
  quoteHash: string;
  previousBooking: BookingId;
  legs: CancellationTerms[];
  paid: Money;
  refund: Money;
  fee: Money;
  deadlineAt: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "confirmed";
  legs: BookedLeg[];
  total: Money;
  taxes: Money;
  exceptions: PolicyException[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "failed";
  code: ErrorCode;
  message: string;
  alternatives: Alternative[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "cancelled";
  message: string;
  legsUndone: number;
  /** The confirmed booking that is cancelled by this. */
  previousBooking?: BookingId | null;
  refund?: Money | null;
  fee?: Money | null;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "kept";
  message: string;
  previousBooking: BookingId;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "expired";
  message: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "needs_attention";
  message: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "answer";
  text: string;
  clauses: QuotedClause[];
  /** None of the clauses seems to say what was asked: they are only the nearest. */
  silent: boolean;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "bookings";
  items: BookingSummary[];
  cursor?: string | null;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "people";
  items: PersonEntry[];
  cursor?: string | null;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "person";
  person: PersonEntry;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "person_erased";
  employeeId: EmployeeId;
  erasedAt: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "people_import";
  applied: boolean;
  added: EmployeeId[];
  changed: PersonDifference[];
  unchanged: number;
  problems: LineProblem[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "people_csv";
  csv: string;
  cursor?: string | null;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "budgets";
  items: Budget[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "budget";
  budget: Budget;
  entries: BudgetEntry[];
  history: BudgetChange[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "attention";
  items: AttentionItem[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "attention_detail";
  item: AttentionItem;
  legs: AttentionLeg[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "policies";
  items: PolicyEntry[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "policy_detail";
  policy: PolicyEntry;
  clauses: PolicyClause[];
  /** What was drafted and not taken, each with the reason. */
  refused: string[];
  /** Where the next page begins, if there is one. */
  cursor?: string | null;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "policy_upload";
  actionId: ActionId;
  version: PolicyVersion;
  url: string;
  headers: {
  };
  expiresAt: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "error";
  code: ErrorCode;
  message: string;
  retryable: boolean;
  /** The command it answers, where that could be read. */
  actionId?: ActionId | null;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "heartbeat";
  at: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "pong";
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "you_are";
  employeeId: EmployeeId;
  /** As in the directory; absent for somebody the travel managers have not added yet. */
  name?: string | null;
  roles: Role[];
  costCentre?: CostCentre | null;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "people_named";
  people: NamedPerson[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "approvals";
  items: ApprovalSummary[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "insights";
  summary: Summary;
  /** The names of those in `summary.whereabouts`. */
  people: NamedPerson[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "itinerary";
  /** For saving: `berlin-lisbon-2026-12-03.ics`. */
  fileName: string;
  /** iCalendar (RFC 5545), `text/calendar`. */
  calendar: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "history";
  events: HistoryEvent[];
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "event_shown";
  /** Its place in its history; `sequence` is the frame's own. */
  eventSequence: number;
  /** The event as published, JSON; cut where it is longer than a message may be. */
  event: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "tail";
  events: ReceivedEvent[];
  /** Where to go on. */
  reached: string;
} | {
  bookingId?: BookingId | null;
  /** The event's sequence within its booking. */
  sequence?: number;
  /** The sequence of the frame sent to this person before, 0 for the first: if the client has not seen it, it sends `resume`. */
  previous?: number;
  type: "replays";
  replays: ReplayEntry[];
};
