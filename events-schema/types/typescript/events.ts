// Generated from the Rust types: cargo run -- contracts generate. Long because every event is in it.

/** Derived from aggregate and sequence: publishing an event again gives the same id. */
export type EventId = string;

/** The kind of thing whose history an event belongs to. */
export type AggregateType = "booking" | "policy" | "person" | "directory" | "cost_centre" | "order" | "records";

/** What an event belongs to: a booking's id, a policy version, an employee. */
export type AggregateId = string;

/** Who someone is for the company: the subject of the identity provider's token, never a name. */
export type EmployeeId = string;

export interface Meta {
  /** UUIDv5 of aggregate and sequence: the same event published twice has the same id. */
  eventId: EventId;
  aggregateType: AggregateType;
  aggregateId: AggregateId;
  /** From 1, without gaps within the aggregate. A filtered subscription sees holes. */
  sequence: number;
  /** Whose booking it is, where it is somebody's. */
  employeeId?: EmployeeId | null;
  /** The event that led to this one; for the first of a chain, its own id. */
  causationId: EventId;
  /** The first event of the chain. */
  correlationId: EventId;
  occurredAt: string;
  /** The version of `data`'s schema. */
  schemaVersion: number;
  /** W3C Trace Context. */
  traceparent?: string | null;
}

/** Points to a row of PrivateText: words of a person, erasable, never in an event. */
export type TextRef = string;

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

/** Levels of the career ladder that policies refer to, lowest first. */
export type EmployeeLevel = "L1" | "L2" | "L3" | "L4" | "L5";

export type CostCentre = string;

/** The traveller as the policy sees them, fixed when the booking was requested. */
export interface TravellerProfile {
  level: EmployeeLevel;
  costCentre: CostCentre;
  /** IANA time zone: "tomorrow" is tomorrow there. */
  zone: string;
  /** BCP 47: `en-GB`. */
  locale: string;
}

/** One lifecycle of one request. Derived from employee and request id: the same request twice is one booking. */
export type BookingId = string;

/** An employee asked for a trip, in words that stay in PrivateText. */
export interface BookingRequested {
  /** The words, by reference. */
  text: TextRef;
  /** SHA-256 of the words, hex: evidence that they were not changed. */
  textHash: string;
  /** Structured wishes that win over the words. */
  fields?: TripFields | null;
  /** What the company knew of the traveller at that moment; later steps judge by this. */
  traveller: TravellerProfile;
  /** The confirmed booking that this one cancels or changes. */
  previousBooking?: BookingId | null;
}

/** The traveller answered the planner's questions. */
export interface ClarificationGiven {
  /** The answer, by reference. */
  text: TextRef;
  /** SHA-256 of the answer, hex. */
  textHash: string;
  /** Which round of questions this answers, from 1. */
  round: number;
}

/** One wait for one person: the step and its round, `choose#1`, `approve#1.2`, `confirm#1`. */
export type DecisionId = string;

/** One combination of offers shown to the traveller. */
export type OptionId = string;

/** The traveller chose one of the options presented. Price and content come from our record, never from the client. */
export interface OptionSelected {
  decision: DecisionId;
  option: OptionId;
  /** As our record has it. */
  total: Money;
}

/** An approver said yes to exactly what was quoted. */
export interface ApprovalGranted {
  decision: DecisionId;
  /** Who decided: the approver or their delegate. */
  approver: EmployeeId;
  /** For whom a delegate decided. */
  onBehalfOf?: EmployeeId | null;
  /** Hash of the offers and prices that were on the approver's screen. */
  quoteHash: string;
  /** The approver's words, by reference. */
  comment?: TextRef | null;
}

/** An approver said no. */
export interface ApprovalDeclined {
  decision: DecisionId;
  /** Who decided: the approver or their delegate. */
  approver: EmployeeId;
  /** For whom a delegate decided. */
  onBehalfOf?: EmployeeId | null;
  /** Hash of the offers and prices that were on the approver's screen. */
  quoteHash: string;
  /** The approver's words, by reference. */
  comment?: TextRef | null;
}

/** The traveller said: buy it, at this price. */
export interface PurchaseConfirmed {
  decision: DecisionId;
  /** Hash of the offers and prices that were on the traveller's screen. */
  quoteHash: string;
  total: Money;
}

/** The traveller decided not to buy. */
export interface PurchaseDeclined {
  decision: DecisionId;
}

/** The state after the newest event. Named for what just happened, in the order of the flow. */
export type BookingState = "requested" | "policy_retrieved" | "clarification_pending" | "clarified" | "plan_proposed" | "plan_rejected" | "plan_accepted" | "offers_found" | "options_ranked" | "planning_failed" | "policy_answered" | "no_offers_found" | "search_failed" | "options_presented" | "option_selected" | "requoted" | "approval_pending" | "approval_granted" | "approval_declined" | "confirmation_pending" | "purchase_confirmed" | "purchase_declined" | "budget_reserved" | "leg_booked" | "leg_booking_failed" | "leg_cancelled" | "budget_captured" | "budget_released" | "cancellation_requested" | "cancellation_pending" | "cancellation_confirmed" | "cancellation_declined" | "budget_refunded" | "confirmed" | "failed" | "cancelled" | "expired" | "needs_attention" | "answered" | "attention_resolved" | "kept";

/** The traveller wants the trip cancelled; what is under way stops at the next safe point. */
export interface CancelRequested {
  /** Where the booking stood. */
  during: BookingState;
}

/** The traveller wants a confirmed trip cancelled: the first event of a lifecycle of its own, linked to the one that was confirmed, which stays as it is. */
export interface CancellationRequested {
  /** The confirmed booking. */
  previousBooking: BookingId;
}

/** The traveller saw what the suppliers give back and what they keep, and wants the trip cancelled. */
export interface CancellationConfirmed {
  decision: DecisionId;
  /** Hash of the conditions that were on the traveller's screen. */
  quoteHash: string;
}

/** The traveller saw the suppliers' conditions and keeps the trip. */
export interface CancellationDeclined {
  decision: DecisionId;
}

export type ErrorCode = "AUTH_FAILED" | "FORBIDDEN" | "INVALID_REQUEST" | "NOT_FOUND" | "CONFLICT" | "TOO_LARGE" | "RATE_LIMITED" | "POLICY_SILENT" | "PLANNING_FAILED" | "NO_OFFERS" | "OFFER_EXPIRED" | "PRICE_CHANGED" | "SUPPLIER_UNAVAILABLE" | "BUDGET_EXCEEDED" | "APPROVAL_DECLINED" | "TOO_LATE" | "INTERNAL";

/** API Gateway's id of one WebSocket connection. */
export type ConnectionId = string;

/** Somebody tried what they may not, what was settled or never there, or to be somebody else: evidence for the audit. */
export interface AccessRefused {
  code: ErrorCode;
  /** The action tried: `decide_approval`; `connect` where somebody was not let in. */
  action: string;
  /** The booking it was aimed at, where there is one. */
  booking?: BookingId | null;
  connection: ConnectionId;
  /** Of a token that was not good, of a command about what is settled, overdue or not there, or of a message that says who sends it: what is wrong with it. */
  reason?: string | null;
}

/** One ingested document, by the time it was uploaded and its content: `2026-11-20T09-00-00Z-1f3a9c`. */
export type PolicyVersion = string;

/** A document became clauses and rules; an administrator may activate it. */
export interface PolicyIngested {
  version: PolicyVersion;
  /** SHA-256 of the document, hex. */
  documentHash: string;
  clauses: number;
  rules: number;
}

/** A document could not become a policy; the active one stays. */
export interface PolicyIngestionFailed {
  version: PolicyVersion;
  documentHash: string;
  /** For the person who uploaded it, with what to do. */
  reason: string;
}

/** New bookings follow this version from now on; running ones keep theirs. */
export interface PolicyActivated {
  version: PolicyVersion;
  replaces?: PolicyVersion | null;
  /** The administrator who decided it. */
  by: EmployeeId;
}

/** A clause within one policy version, by its number in the document: `4.2`. */
export type ClauseId = string;

/** The policy version this booking follows to its end, and the clauses that bear on the request. */
export interface PolicyRetrieved {
  version: PolicyVersion;
  /** Most relevant first. */
  clauses: ClauseId[];
  /** No clause seems to say what was asked: they are only the nearest, and the strict defaults apply, flagged. */
  silent: boolean;
  /** The policy's currency, ISO 4217; all amounts are compared in it. */
  currency: string;
  /** Units of the policy's currency for one unit of the key's, pinned for this booking. */
  rates: {
  };
}

/** Three capital letters: an airport (`TXL`) or a metropolitan area (`BER`, `LON`). Well formed, not necessarily assigned. */
export type IataCode = string;

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

export type PlannedBy = "model" | "rules";

/** How the plan came about, so that it can be explained and run again without a model. */
export interface PlanningRecord {
  plannedBy: PlannedBy;
  /** The model's id, where one was asked. */
  model?: string | null;
  /** SHA-256 of the prompt, hex. */
  promptHash?: string | null;
  /** The clauses that were in the prompt. */
  clauses: ClauseId[];
  attempts: number;
  inputTokens: number;
  outputTokens: number;
  latencyMs: number;
  /** The model's answer, kept as long as the archive. */
  answer?: TextRef | null;
}

/** The request as it was understood: a proposal, which rules will judge. */
export interface PlanProposed {
  plan: TripPlan;
  /** 0 for the first plan, then one more for each rejection. */
  revision: number;
  policy: PolicyVersion;
  planning: PlanningRecord;
}

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

/** Something was not understood, and is asked rather than guessed. */
export interface ClarificationRequested {
  questions: Question[];
  /** From 1. */
  round: number;
}

/** The request was a question about the policy; here is the answer, with its clauses. */
export interface PolicyAnswered {
  policy: PolicyVersion;
  /** The clauses the answer quotes, most relevant first. */
  clauses: ClauseId[];
  /** None of them seems to say what was asked: they are only the nearest. */
  silent: boolean;
  /** The answer, by reference. */
  answer: TextRef;
}

/** No plan that stands could be made of the request. */
export interface PlanningFailed {
  /** For the traveller, with what to do. */
  reason: string;
  revision: number;
}

/** The plan breaks no rule that can be judged before prices are known. */
export interface PlanAccepted {
  plan: TripPlan;
  policy: PolicyVersion;
}

/** A typed rule within one policy version: `hotel-cap-lisbon`. */
export type RuleId = string;

/** A rule the plan breaks, with what would satisfy it. */
export interface Violation {
  rule: RuleId;
  clause: ClauseId;
  /** The field of the plan: `cabin`. */
  field: string;
  observed: string;
  limit: string;
}

/** The plan breaks rules; the planner may revise it twice. */
export interface PlanRejected {
  plan: TripPlan;
  policy: PolicyVersion;
  violations: Violation[];
  revision: number;
}

/** Offers became options, judged and in order; their bodies are in the Options table. */
export interface OptionsRanked {
  policy: PolicyVersion;
  /** Best first. */
  options: OptionId[];
  /** How many of them need no approval. */
  compliant: number;
  /** The lowest total among them. */
  lowestTotal: Money;
  /** The policy was silent: strict defaults were applied. */
  strictDefaults: boolean;
}

/** A supplier by its configured name: `sample-api`. */
export type SupplierId = string;

export type SupplierOutcome = "answered" | "timed_out" | "failed" | "skipped";

/** What became of asking one supplier. */
export interface SupplierAnswer {
  supplier: SupplierId;
  outcome: SupplierOutcome;
  offers: number;
  elapsedMs: number;
}

/** Suppliers made offers; their bodies are in the Offers table. */
export interface OffersFound {
  flights: number;
  stays: number;
  suppliers: SupplierAnswer[];
}

/** A plan close to the one asked for, for which there are offers. */
export interface Alternative {
  /** One sentence: "A day earlier, from 212.40 EUR". */
  summary: string;
  plan: TripPlan;
  fromTotal: Money;
}

/** Suppliers answered, and none has anything for this plan. */
export interface NoOffersFound {
  suppliers: SupplierAnswer[];
  /** The nearest things that do exist, best first. */
  alternatives: Alternative[];
}

/** No supplier answered: not the same as nothing being available. */
export interface SearchFailed {
  suppliers: SupplierAnswer[];
  reason: string;
}

/** The traveller may choose, until the deadline. */
export interface OptionsPresented {
  decision: DecisionId;
  /** Best first; bodies in the Options table. */
  options: OptionId[];
  /** From 1; again after a quote fell through. */
  round: number;
  deadlineAt: string;
}

export type QuoteOutcome = "unchanged" | "cheaper" | "dearer" | "gone";

/** Suppliers were asked whether the chosen option still stands at its price. */
export interface OfferRequoted {
  option: OptionId;
  outcome: QuoteOutcome;
  /** What was chosen or approved. */
  before: Money;
  /** What it costs now, unless gone. */
  after?: Money | null;
  /** Hash of the offers and prices as quoted. */
  quoteHash: string;
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

/** Somebody must say yes before this is bought. */
export interface ApprovalRequested {
  decision: DecisionId;
  option: OptionId;
  /** Everybody who is asked, in order: fixed with the first question, whatever becomes of People meanwhile. */
  approvers?: EmployeeId[];
  /** Whose turn it is. */
  approver: EmployeeId;
  /** May answer in the approver's place. */
  delegate?: EmployeeId | null;
  /** From 1; approvers are asked in order. */
  step: number;
  steps: number;
  /** Why, each with its clause. */
  reasons: ApprovalReason[];
  total: Money;
  quoteHash: string;
  deadlineAt: string;
  /** What silence means once the deadline has passed. */
  silence: Silence;
}

/** The approver's whole time passed without an answer, and the policy lets silence approve. Nobody said yes: that is why it is no [`ApprovalGranted`](crate::gateway::ApprovalGranted). */
export interface ApprovalGrantedBySilence {
  decision: DecisionId;
  /** Who was asked and did not answer. */
  approver: EmployeeId;
  /** Hash of the offers and prices that were asked about. */
  quoteHash: string;
}

/** What was approved cannot be had any more as it was approved: the approvals count for nothing, and whatever the traveller chooses next is asked about anew. */
export interface ApprovalVoided {
  option: OptionId;
  /** Whose approval it was, in the order they were asked; those who let it pass in silence too. */
  approvers: EmployeeId[];
  /** `dearer` or `gone`. */
  because: QuoteOutcome;
  /** What was approved. */
  before: Money;
  /** What it costs now, unless gone. */
  after?: Money | null;
}

/** Everything is approved and quoted; the traveller has the last word. */
export interface PurchaseConfirmationRequested {
  decision: DecisionId;
  option: OptionId;
  total: Money;
  quoteHash: string;
  deadlineAt: string;
}

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

/** The traveller is shown what cancelling a confirmed trip gives back and what it costs, and asked whether to go on. */
export interface CancellationConfirmationRequested {
  decision: DecisionId;
  /** The confirmed booking. */
  previousBooking: BookingId;
  /** In the order they were booked. */
  legs: CancellationTerms[];
  paid: Money;
  refund: Money;
  /** What is not given back. */
  fee: Money;
  /** Hash of the conditions. */
  quoteHash: string;
  deadlineAt: string;
}

/** The total is set aside in the cost centre's budget. */
export interface BudgetReserved {
  costCentre: CostCentre;
  /** In the budget's currency. */
  amount: Money;
  /** The total it was converted from, at the rate pinned on the booking; absent where they are in one currency. */
  price?: Money | null;
}

/** What was bought is spent. */
export interface BudgetCaptured {
  costCentre: CostCentre;
  /** In the budget's currency. */
  amount: Money;
}

/** What was set aside is free again. */
export interface BudgetReleased {
  costCentre: CostCentre;
  /** In the budget's currency. */
  amount: Money;
}

/** What suppliers gave back for a cancelled trip is in the budget again. */
export interface BudgetRefunded {
  costCentre: CostCentre;
  amount: Money;
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

/** A picture of a supplier's page, by reference: it expires, and shows nobody's personal data. */
export interface Evidence {
  /** `s3://bucket/key`. */
  reference: string;
  /** Of the picture, in hexadecimal. */
  sha256: string;
}

/** A supplier confirmed one leg. */
export interface LegBooked {
  leg: BookedLeg;
  /** Of a leg that was booked on a supplier's pages. */
  evidence?: Evidence[];
}

/** A supplier's answer to an order was lost, and it does not know the order (yet): it is looked up again before anything is concluded from that. `LegBooked` or `LegBookingFailed` follows. */
export interface LegOutcomeUnknown {
  /** From 0, in the order of booking. */
  leg: number;
  supplier: SupplierId;
  /** What the supplier can be asked for. */
  idempotencyKey: string;
}

/** A supplier did not book one leg; legs booked before it are undone. */
export interface LegBookingFailed {
  /** From 0, in the order of booking. */
  leg: number;
  supplier: SupplierId;
  reason: string;
  /** The supplier's answer was lost: whether it booked is not known yet. */
  outcomeUnknown: boolean;
  /** Of a supplier's pages, where those were driven. */
  evidence?: Evidence[];
}

/** A booked leg was undone with its supplier. */
export interface LegCancelled {
  leg: number;
  supplier: SupplierId;
  reference: string;
  /** What the supplier gives back. */
  refund: Money;
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

/** Bought and paid for: all a subscriber needs to file, remind, or look after the traveller. */
export interface BookingConfirmed {
  option: OptionId;
  /** In the order of booking. */
  legs: BookedLeg[];
  total: Money;
  taxes: Money;
  travellers: number;
  costCentre: CostCentre;
  policy: PolicyVersion;
  /** Rules that were exceeded, with who approved. */
  exceptions: PolicyException[];
  /** The confirmed booking this one replaces. */
  previousBooking?: BookingId | null;
}

/** It came to nothing; nothing is held, owed or booked. */
export interface BookingFailed {
  code: ErrorCode;
  /** For the traveller, with what to do next. */
  reason: string;
  /** The state it was in. */
  during: BookingState;
  /** Plans that would have had offers. */
  alternatives?: Alternative[];
}

/** Cancelled at the traveller's wish; what was booked is undone. */
export interface BookingCancelled {
  /** The state it was in. */
  during: BookingState;
  /** Legs that had been booked and were undone. */
  legsUndone: number;
  /** The confirmed booking that is cancelled by this; absent where nothing had been confirmed. */
  previousBooking?: BookingId | null;
  /** What suppliers gave back of a confirmed booking. */
  refund?: Money | null;
  /** What they kept. */
  fee?: Money | null;
}

/** Somebody did not answer in time; nothing is held. */
export interface BookingExpired {
  /** The state whose deadline passed. */
  waitingIn: BookingState;
  deadlineAt: string;
}

/** A cancellation was called off before anything was cancelled: the confirmed trip stands. */
export interface BookingKept {
  /** The booking that stays confirmed. */
  previousBooking: BookingId;
  /** The state the cancellation was in. */
  during: BookingState;
}

export type Role = "traveller" | "approver" | "travel_manager" | "administrator";

/** Something could not be settled by itself; a person owns it now. */
export interface BookingNeedsAttention {
  /** What is open, in a sentence. */
  reason: string;
  /** The role that owns it. */
  owner: Role;
  /** The legs whose outcome or undo is open. */
  legs: Array<number>;
  /** The money still set aside. */
  reserved?: Money | null;
  /** Of a cancellation: the confirmed booking it was to cancel. */
  previousBooking?: BookingId | null;
  /** Of a cancellation: what suppliers have given back so far. */
  refund?: Money | null;
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

/** A person found out what was open, and the money was settled by what they found: nothing stays set aside. */
export interface AttentionResolved {
  by: EmployeeId;
  /** What became of each leg that was open, with its evidence. */
  legs: SettledLeg[];
  costCentre: CostCentre;
  /** What was spent in the end; absent if nothing was ever set aside. */
  captured?: Money | null;
  /** What went back to the budget. */
  released?: Money | null;
  /** Of a cancellation: the confirmed booking it was to cancel. */
  previousBooking?: BookingId | null;
  /** Of a cancellation: what came back beyond what suppliers had given back before. */
  refund?: Money | null;
  /** Why, in the person's words. */
  note: TextRef;
  /** SHA-256 of the note, hex. */
  noteHash: string;
}

/** The request was a question, and it is answered. */
export interface PolicyQuestionAnswered {
  policy: PolicyVersion;
  clauses: ClauseId[];
  silent: boolean;
  answer: TextRef;
}

/** A booking passed its due time and publishing its last event again did not help. */
export interface BookingOverdue {
  /** Where it is stuck. */
  during: BookingState;
  dueAt: string;
  /** What Step Functions says of its execution, where it has one. */
  executionStatus?: string | null;
}

/** A booking has been waiting for a person's attention for longer than is allowed. Said again each time that long passes without anybody resolving it. */
export interface AttentionOverdue {
  /** The role that should have seen to it. */
  owner: Role;
  /** By when. */
  dueAt: string;
  /** The reminder after this one, unless it is resolved by then. */
  nextAt: string;
}

export interface PersonChanged {
  employee: EmployeeId;
  /** As in the columns of the import: `level`, `approvers`, `delegate`. */
  fields: string[];
}

/** The directory of people changed: by a single edit or by an import, of which all or nothing happened. Ids and names of fields only; what a field holds is in People. */
export interface PeopleChanged {
  by: EmployeeId;
  added: EmployeeId[];
  changed: PersonChanged[];
}

/** A person's details and words can no longer be read by anybody: their key is destroyed. What is known of them by id stays (bookings, money, decisions). Consumers that keep personal data of their own should forget it too. */
export interface PersonErased {
  employee: EmployeeId;
  by: EmployeeId;
  erasedAt: string;
}

/** What a cost centre may spend, from now on. */
export interface BudgetSet {
  costCentre: CostCentre;
  by: EmployeeId;
  limit: Money;
  /** Absent where none was set: until then the cost centre was not limited. */
  before?: Money | null;
}

/** An airline changed flights that are booked: other times, another number, or not at all. The booking stays as it is; whoever looks after travellers tells them. */
export interface ScheduleChanged {
  bookingId: BookingId;
  /** As in the booking's legs. */
  leg: number;
  supplier: SupplierId;
  /** The supplier's reference of the order. */
  reference: string;
  /** The supplier's id of this change: one order may be changed several times. */
  change: string;
  /** The flights that are no longer flown like this. */
  before: FlightSegment[];
  /** What is flown instead; nothing, if they were cancelled. */
  after: FlightSegment[];
}

export type DiscrepancyKind = "journal_missing" | "audit_missing" | "audit_differs" | "not_received" | "received_differs" | "not_journalled" | "said_again" | "head_ahead" | "head_behind" | "head_missing";

export interface Discrepancy {
  kind: DiscrepancyKind;
  /** The place in the history. */
  sequence: number;
  /** The event's name, where any record has it. */
  event?: string | null;
  /** What each record says, in words. */
  evidence: string;
  /** Why it was left as it is. */
  leftBecause: string;
}

/** Head, Journal, audit trail and what the bus received do not tell the same history, and nothing that is left says which of them is right: somebody has to look. What could be repaired is not in here. */
export interface DiscrepancyFound {
  /** Whose history it is: a booking, a person, a budget. */
  about: AggregateId;
  discrepancies: Discrepancy[];
}

/** An event as EventBridge hands it over. */
export interface BusEvent<Name extends string, Source extends string, Data> {
  version: string;
  id: string;
  "detail-type": Name;
  source: Source;
  account: string;
  time: string;
  region: string;
  resources: string[];
  /** Present on a replayed event. */
  "replay-name"?: string;
  detail: { meta: Meta; data: Data };
}

export type BookingRequestedEvent = BusEvent<"BookingRequested", "sojourn.gateway", BookingRequested>;
export type ClarificationGivenEvent = BusEvent<"ClarificationGiven", "sojourn.gateway", ClarificationGiven>;
export type OptionSelectedEvent = BusEvent<"OptionSelected", "sojourn.gateway", OptionSelected>;
export type ApprovalGrantedEvent = BusEvent<"ApprovalGranted", "sojourn.gateway", ApprovalGranted>;
export type ApprovalDeclinedEvent = BusEvent<"ApprovalDeclined", "sojourn.gateway", ApprovalDeclined>;
export type PurchaseConfirmedEvent = BusEvent<"PurchaseConfirmed", "sojourn.gateway", PurchaseConfirmed>;
export type PurchaseDeclinedEvent = BusEvent<"PurchaseDeclined", "sojourn.gateway", PurchaseDeclined>;
export type CancelRequestedEvent = BusEvent<"CancelRequested", "sojourn.gateway", CancelRequested>;
export type CancellationRequestedEvent = BusEvent<"CancellationRequested", "sojourn.gateway", CancellationRequested>;
export type CancellationConfirmedEvent = BusEvent<"CancellationConfirmed", "sojourn.gateway", CancellationConfirmed>;
export type CancellationDeclinedEvent = BusEvent<"CancellationDeclined", "sojourn.gateway", CancellationDeclined>;
export type AccessRefusedEvent = BusEvent<"AccessRefused", "sojourn.gateway", AccessRefused>;
export type PolicyIngestedEvent = BusEvent<"PolicyIngested", "sojourn.policy", PolicyIngested>;
export type PolicyIngestionFailedEvent = BusEvent<"PolicyIngestionFailed", "sojourn.policy", PolicyIngestionFailed>;
export type PolicyActivatedEvent = BusEvent<"PolicyActivated", "sojourn.policy", PolicyActivated>;
export type PolicyRetrievedEvent = BusEvent<"PolicyRetrieved", "sojourn.policy", PolicyRetrieved>;
export type PlanProposedEvent = BusEvent<"PlanProposed", "sojourn.planner", PlanProposed>;
export type ClarificationRequestedEvent = BusEvent<"ClarificationRequested", "sojourn.planner", ClarificationRequested>;
export type PolicyAnsweredEvent = BusEvent<"PolicyAnswered", "sojourn.planner", PolicyAnswered>;
export type PlanningFailedEvent = BusEvent<"PlanningFailed", "sojourn.planner", PlanningFailed>;
export type PlanAcceptedEvent = BusEvent<"PlanAccepted", "sojourn.compliance", PlanAccepted>;
export type PlanRejectedEvent = BusEvent<"PlanRejected", "sojourn.compliance", PlanRejected>;
export type OptionsRankedEvent = BusEvent<"OptionsRanked", "sojourn.compliance", OptionsRanked>;
export type OffersFoundEvent = BusEvent<"OffersFound", "sojourn.search", OffersFound>;
export type NoOffersFoundEvent = BusEvent<"NoOffersFound", "sojourn.search", NoOffersFound>;
export type SearchFailedEvent = BusEvent<"SearchFailed", "sojourn.search", SearchFailed>;
export type OptionsPresentedEvent = BusEvent<"OptionsPresented", "sojourn.booking", OptionsPresented>;
export type OfferRequotedEvent = BusEvent<"OfferRequoted", "sojourn.booking", OfferRequoted>;
export type ApprovalRequestedEvent = BusEvent<"ApprovalRequested", "sojourn.booking", ApprovalRequested>;
export type ApprovalGrantedBySilenceEvent = BusEvent<"ApprovalGrantedBySilence", "sojourn.booking", ApprovalGrantedBySilence>;
export type ApprovalVoidedEvent = BusEvent<"ApprovalVoided", "sojourn.booking", ApprovalVoided>;
export type PurchaseConfirmationRequestedEvent = BusEvent<"PurchaseConfirmationRequested", "sojourn.booking", PurchaseConfirmationRequested>;
export type CancellationConfirmationRequestedEvent = BusEvent<"CancellationConfirmationRequested", "sojourn.booking", CancellationConfirmationRequested>;
export type BudgetReservedEvent = BusEvent<"BudgetReserved", "sojourn.booking", BudgetReserved>;
export type BudgetCapturedEvent = BusEvent<"BudgetCaptured", "sojourn.booking", BudgetCaptured>;
export type BudgetReleasedEvent = BusEvent<"BudgetReleased", "sojourn.booking", BudgetReleased>;
export type BudgetRefundedEvent = BusEvent<"BudgetRefunded", "sojourn.booking", BudgetRefunded>;
export type LegBookedEvent = BusEvent<"LegBooked", "sojourn.booking", LegBooked>;
export type LegOutcomeUnknownEvent = BusEvent<"LegOutcomeUnknown", "sojourn.booking", LegOutcomeUnknown>;
export type LegBookingFailedEvent = BusEvent<"LegBookingFailed", "sojourn.booking", LegBookingFailed>;
export type LegCancelledEvent = BusEvent<"LegCancelled", "sojourn.booking", LegCancelled>;
export type BookingConfirmedEvent = BusEvent<"BookingConfirmed", "sojourn.booking", BookingConfirmed>;
export type BookingFailedEvent = BusEvent<"BookingFailed", "sojourn.booking", BookingFailed>;
export type BookingCancelledEvent = BusEvent<"BookingCancelled", "sojourn.booking", BookingCancelled>;
export type BookingExpiredEvent = BusEvent<"BookingExpired", "sojourn.booking", BookingExpired>;
export type BookingKeptEvent = BusEvent<"BookingKept", "sojourn.booking", BookingKept>;
export type BookingNeedsAttentionEvent = BusEvent<"BookingNeedsAttention", "sojourn.booking", BookingNeedsAttention>;
export type AttentionResolvedEvent = BusEvent<"AttentionResolved", "sojourn.booking", AttentionResolved>;
export type PolicyQuestionAnsweredEvent = BusEvent<"PolicyQuestionAnswered", "sojourn.booking", PolicyQuestionAnswered>;
export type BookingOverdueEvent = BusEvent<"BookingOverdue", "sojourn.sweeper", BookingOverdue>;
export type AttentionOverdueEvent = BusEvent<"AttentionOverdue", "sojourn.sweeper", AttentionOverdue>;
export type PeopleChangedEvent = BusEvent<"PeopleChanged", "sojourn.people", PeopleChanged>;
export type PersonErasedEvent = BusEvent<"PersonErased", "sojourn.people", PersonErased>;
export type BudgetSetEvent = BusEvent<"BudgetSet", "sojourn.people", BudgetSet>;
export type ScheduleChangedEvent = BusEvent<"ScheduleChanged", "sojourn.schedules", ScheduleChanged>;
export type DiscrepancyFoundEvent = BusEvent<"DiscrepancyFound", "sojourn.audit", DiscrepancyFound>;

/** Every event's data, by its name. */
export interface Events {
  BookingRequested: BookingRequested;
  ClarificationGiven: ClarificationGiven;
  OptionSelected: OptionSelected;
  ApprovalGranted: ApprovalGranted;
  ApprovalDeclined: ApprovalDeclined;
  PurchaseConfirmed: PurchaseConfirmed;
  PurchaseDeclined: PurchaseDeclined;
  CancelRequested: CancelRequested;
  CancellationRequested: CancellationRequested;
  CancellationConfirmed: CancellationConfirmed;
  CancellationDeclined: CancellationDeclined;
  AccessRefused: AccessRefused;
  PolicyIngested: PolicyIngested;
  PolicyIngestionFailed: PolicyIngestionFailed;
  PolicyActivated: PolicyActivated;
  PolicyRetrieved: PolicyRetrieved;
  PlanProposed: PlanProposed;
  ClarificationRequested: ClarificationRequested;
  PolicyAnswered: PolicyAnswered;
  PlanningFailed: PlanningFailed;
  PlanAccepted: PlanAccepted;
  PlanRejected: PlanRejected;
  OptionsRanked: OptionsRanked;
  OffersFound: OffersFound;
  NoOffersFound: NoOffersFound;
  SearchFailed: SearchFailed;
  OptionsPresented: OptionsPresented;
  OfferRequoted: OfferRequoted;
  ApprovalRequested: ApprovalRequested;
  ApprovalGrantedBySilence: ApprovalGrantedBySilence;
  ApprovalVoided: ApprovalVoided;
  PurchaseConfirmationRequested: PurchaseConfirmationRequested;
  CancellationConfirmationRequested: CancellationConfirmationRequested;
  BudgetReserved: BudgetReserved;
  BudgetCaptured: BudgetCaptured;
  BudgetReleased: BudgetReleased;
  BudgetRefunded: BudgetRefunded;
  LegBooked: LegBooked;
  LegOutcomeUnknown: LegOutcomeUnknown;
  LegBookingFailed: LegBookingFailed;
  LegCancelled: LegCancelled;
  BookingConfirmed: BookingConfirmed;
  BookingFailed: BookingFailed;
  BookingCancelled: BookingCancelled;
  BookingExpired: BookingExpired;
  BookingKept: BookingKept;
  BookingNeedsAttention: BookingNeedsAttention;
  AttentionResolved: AttentionResolved;
  PolicyQuestionAnswered: PolicyQuestionAnswered;
  BookingOverdue: BookingOverdue;
  AttentionOverdue: AttentionOverdue;
  PeopleChanged: PeopleChanged;
  PersonErased: PersonErased;
  BudgetSet: BudgetSet;
  ScheduleChanged: ScheduleChanged;
  DiscrepancyFound: DiscrepancyFound;
}

export type EventName = keyof Events;

/** Any event; `detail-type` tells which. */
export type AnyEvent =
  | BookingRequestedEvent
  | ClarificationGivenEvent
  | OptionSelectedEvent
  | ApprovalGrantedEvent
  | ApprovalDeclinedEvent
  | PurchaseConfirmedEvent
  | PurchaseDeclinedEvent
  | CancelRequestedEvent
  | CancellationRequestedEvent
  | CancellationConfirmedEvent
  | CancellationDeclinedEvent
  | AccessRefusedEvent
  | PolicyIngestedEvent
  | PolicyIngestionFailedEvent
  | PolicyActivatedEvent
  | PolicyRetrievedEvent
  | PlanProposedEvent
  | ClarificationRequestedEvent
  | PolicyAnsweredEvent
  | PlanningFailedEvent
  | PlanAcceptedEvent
  | PlanRejectedEvent
  | OptionsRankedEvent
  | OffersFoundEvent
  | NoOffersFoundEvent
  | SearchFailedEvent
  | OptionsPresentedEvent
  | OfferRequotedEvent
  | ApprovalRequestedEvent
  | ApprovalGrantedBySilenceEvent
  | ApprovalVoidedEvent
  | PurchaseConfirmationRequestedEvent
  | CancellationConfirmationRequestedEvent
  | BudgetReservedEvent
  | BudgetCapturedEvent
  | BudgetReleasedEvent
  | BudgetRefundedEvent
  | LegBookedEvent
  | LegOutcomeUnknownEvent
  | LegBookingFailedEvent
  | LegCancelledEvent
  | BookingConfirmedEvent
  | BookingFailedEvent
  | BookingCancelledEvent
  | BookingExpiredEvent
  | BookingKeptEvent
  | BookingNeedsAttentionEvent
  | AttentionResolvedEvent
  | PolicyQuestionAnsweredEvent
  | BookingOverdueEvent
  | AttentionOverdueEvent
  | PeopleChangedEvent
  | PersonErasedEvent
  | BudgetSetEvent
  | ScheduleChangedEvent
  | DiscrepancyFoundEvent;

/** Who announces an event: the `source` to match in a rule. */
export const SOURCES: Record<EventName, string> = {
  BookingRequested: "sojourn.gateway",
  ClarificationGiven: "sojourn.gateway",
  OptionSelected: "sojourn.gateway",
  ApprovalGranted: "sojourn.gateway",
  ApprovalDeclined: "sojourn.gateway",
  PurchaseConfirmed: "sojourn.gateway",
  PurchaseDeclined: "sojourn.gateway",
  CancelRequested: "sojourn.gateway",
  CancellationRequested: "sojourn.gateway",
  CancellationConfirmed: "sojourn.gateway",
  CancellationDeclined: "sojourn.gateway",
  AccessRefused: "sojourn.gateway",
  PolicyIngested: "sojourn.policy",
  PolicyIngestionFailed: "sojourn.policy",
  PolicyActivated: "sojourn.policy",
  PolicyRetrieved: "sojourn.policy",
  PlanProposed: "sojourn.planner",
  ClarificationRequested: "sojourn.planner",
  PolicyAnswered: "sojourn.planner",
  PlanningFailed: "sojourn.planner",
  PlanAccepted: "sojourn.compliance",
  PlanRejected: "sojourn.compliance",
  OptionsRanked: "sojourn.compliance",
  OffersFound: "sojourn.search",
  NoOffersFound: "sojourn.search",
  SearchFailed: "sojourn.search",
  OptionsPresented: "sojourn.booking",
  OfferRequoted: "sojourn.booking",
  ApprovalRequested: "sojourn.booking",
  ApprovalGrantedBySilence: "sojourn.booking",
  ApprovalVoided: "sojourn.booking",
  PurchaseConfirmationRequested: "sojourn.booking",
  CancellationConfirmationRequested: "sojourn.booking",
  BudgetReserved: "sojourn.booking",
  BudgetCaptured: "sojourn.booking",
  BudgetReleased: "sojourn.booking",
  BudgetRefunded: "sojourn.booking",
  LegBooked: "sojourn.booking",
  LegOutcomeUnknown: "sojourn.booking",
  LegBookingFailed: "sojourn.booking",
  LegCancelled: "sojourn.booking",
  BookingConfirmed: "sojourn.booking",
  BookingFailed: "sojourn.booking",
  BookingCancelled: "sojourn.booking",
  BookingExpired: "sojourn.booking",
  BookingKept: "sojourn.booking",
  BookingNeedsAttention: "sojourn.booking",
  AttentionResolved: "sojourn.booking",
  PolicyQuestionAnswered: "sojourn.booking",
  BookingOverdue: "sojourn.sweeper",
  AttentionOverdue: "sojourn.sweeper",
  PeopleChanged: "sojourn.people",
  PersonErased: "sojourn.people",
  BudgetSet: "sojourn.people",
  ScheduleChanged: "sojourn.schedules",
  DiscrepancyFound: "sojourn.audit",
};

/** The version of an event's data that these types describe. */
export const VERSIONS: Record<EventName, number> = {
  BookingRequested: 1,
  ClarificationGiven: 1,
  OptionSelected: 1,
  ApprovalGranted: 1,
  ApprovalDeclined: 1,
  PurchaseConfirmed: 1,
  PurchaseDeclined: 1,
  CancelRequested: 1,
  CancellationRequested: 1,
  CancellationConfirmed: 1,
  CancellationDeclined: 1,
  AccessRefused: 1,
  PolicyIngested: 1,
  PolicyIngestionFailed: 1,
  PolicyActivated: 1,
  PolicyRetrieved: 1,
  PlanProposed: 1,
  ClarificationRequested: 1,
  PolicyAnswered: 1,
  PlanningFailed: 1,
  PlanAccepted: 1,
  PlanRejected: 1,
  OptionsRanked: 1,
  OffersFound: 1,
  NoOffersFound: 1,
  SearchFailed: 1,
  OptionsPresented: 1,
  OfferRequoted: 1,
  ApprovalRequested: 1,
  ApprovalGrantedBySilence: 1,
  ApprovalVoided: 1,
  PurchaseConfirmationRequested: 1,
  CancellationConfirmationRequested: 1,
  BudgetReserved: 1,
  BudgetCaptured: 1,
  BudgetReleased: 1,
  BudgetRefunded: 1,
  LegBooked: 1,
  LegOutcomeUnknown: 1,
  LegBookingFailed: 1,
  LegCancelled: 1,
  BookingConfirmed: 1,
  BookingFailed: 1,
  BookingCancelled: 1,
  BookingExpired: 1,
  BookingKept: 1,
  BookingNeedsAttention: 1,
  AttentionResolved: 2,
  PolicyQuestionAnswered: 1,
  BookingOverdue: 1,
  AttentionOverdue: 1,
  PeopleChanged: 1,
  PersonErased: 1,
  BudgetSet: 1,
  ScheduleChanged: 1,
  DiscrepancyFound: 1,
};
