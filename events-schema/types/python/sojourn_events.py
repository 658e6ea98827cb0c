"""The events of Sojourn, typed. Generated from the Rust types: cargo run -- contracts generate.

Long because every event is in it. Needs Python 3.11 or newer, and nothing else. An event from the bus needs no
conversion: `event: BookingConfirmedEvent = json.loads(body)`.
"""

from typing import Any, Literal, NotRequired, TypedDict, Union


# Derived from aggregate and sequence: publishing an event again gives the same id.
EventId = str


# The kind of thing whose history an event belongs to.
AggregateType = Literal["booking", "policy", "person", "directory", "cost_centre", "order", "records"]


# What an event belongs to: a booking's id, a policy version, an employee.
AggregateId = str


# Who someone is for the company: the subject of the identity provider's token, never a name.
EmployeeId = str


class Meta(TypedDict):
    # UUIDv5 of aggregate and sequence: the same event published twice has the same id.
    eventId: EventId
    aggregateType: AggregateType
    aggregateId: AggregateId
    # From 1, without gaps within the aggregate. A filtered subscription sees holes.
    sequence: int
    # Whose booking it is, where it is somebody's.
    employeeId: NotRequired[Union[EmployeeId, None]]
    # The event that led to this one; for the first of a chain, its own id.
    causationId: EventId
    # The first event of the chain.
    correlationId: EventId
    occurredAt: str
    # The version of `data`'s schema.
    schemaVersion: int
    # W3C Trace Context.
    traceparent: NotRequired[Union[str, None]]


# Points to a row of PrivateText: words of a person, erasable, never in an event.
TextRef = str


Cabin = Literal["economy", "premium_economy", "business", "first"]


class Money(TypedDict):
    """An amount in a currency. On the wire `{"amount": "149.90", "currency": "EUR"}`: a decimal string, never a float."""

    amount: str
    # ISO 4217 code.
    currency: str


class TripFields(TypedDict):
    """Structured wishes a client may send beside the text; what is given here wins over the text."""

    # A city's or airport's IATA code, or a city's name.
    origin: NotRequired[Union[str, None]]
    destination: NotRequired[Union[str, None]]
    departOn: NotRequired[Union[str, None]]
    returnOn: NotRequired[Union[str, None]]
    travellers: NotRequired[Union[int, None]]
    cabin: NotRequired[Union[Cabin, None]]
    # Whether a flight, a stay or both are wanted.
    flight: NotRequired[Union[bool, None]]
    stay: NotRequired[Union[bool, None]]
    maxPerNight: NotRequired[Union[Money, None]]


# Levels of the career ladder that policies refer to, lowest first.
EmployeeLevel = Literal["L1", "L2", "L3", "L4", "L5"]


CostCentre = str


class TravellerProfile(TypedDict):
    """The traveller as the policy sees them, fixed when the booking was requested."""

    level: EmployeeLevel
    costCentre: CostCentre
    # IANA time zone: "tomorrow" is tomorrow there.
    zone: str
    # BCP 47: `en-GB`.
    locale: str


# One lifecycle of one request. Derived from employee and request id: the same request twice is one booking.
BookingId = str


class BookingRequested(TypedDict):
    """An employee asked for a trip, in words that stay in PrivateText."""

    # The words, by reference.
    text: TextRef
    # SHA-256 of the words, hex: evidence that they were not changed.
    textHash: str
    # Structured wishes that win over the words.
    fields: NotRequired[Union[TripFields, None]]
    # What the company knew of the traveller at that moment; later steps judge by this.
    traveller: TravellerProfile
    # The confirmed booking that this one cancels or changes.
    previousBooking: NotRequired[Union[BookingId, None]]


class ClarificationGiven(TypedDict):
    """The traveller answered the planner's questions."""

    # The answer, by reference.
    text: TextRef
    # SHA-256 of the answer, hex.
    textHash: str
    # Which round of questions this answers, from 1.
    round: int


# One wait for one person: the step and its round, `choose#1`, `approve#1.2`, `confirm#1`.
DecisionId = str


# One combination of offers shown to the traveller.
OptionId = str


class OptionSelected(TypedDict):
    """The traveller chose one of the options presented. Price and content come from our record, never from the client."""

    decision: DecisionId
    option: OptionId
    # As our record has it.
    total: Money


class ApprovalGranted(TypedDict):
    """An approver said yes to exactly what was quoted."""

    decision: DecisionId
    # Who decided: the approver or their delegate.
    approver: EmployeeId
    # For whom a delegate decided.
    onBehalfOf: NotRequired[Union[EmployeeId, None]]
    # Hash of the offers and prices that were on the approver's screen.
    quoteHash: str
    # The approver's words, by reference.
    comment: NotRequired[Union[TextRef, None]]


class ApprovalDeclined(TypedDict):
    """An approver said no."""

    decision: DecisionId
    # Who decided: the approver or their delegate.
    approver: EmployeeId
    # For whom a delegate decided.
    onBehalfOf: NotRequired[Union[EmployeeId, None]]
    # Hash of the offers and prices that were on the approver's screen.
    quoteHash: str
    # The approver's words, by reference.
    comment: NotRequired[Union[TextRef, None]]


class PurchaseConfirmed(TypedDict):
    """The traveller said: buy it, at this price."""

    decision: DecisionId
    # Hash of the offers and prices that were on the traveller's screen.
    quoteHash: str
    total: Money


class PurchaseDeclined(TypedDict):
    """The traveller decided not to buy."""

    decision: DecisionId


# The state after the newest event. Named for what just happened, in the order of the flow.
BookingState = Literal["requested", "policy_retrieved", "clarification_pending", "clarified", "plan_proposed", "plan_rejected", "plan_accepted", "offers_found", "options_ranked", "planning_failed", "policy_answered", "no_offers_found", "search_failed", "options_presented", "option_selected", "requoted", "approval_pending", "approval_granted", "approval_declined", "confirmation_pending", "purchase_confirmed", "purchase_declined", "budget_reserved", "leg_booked", "leg_booking_failed", "leg_cancelled", "budget_captured", "budget_released", "cancellation_requested", "cancellation_pending", "cancellation_confirmed", "cancellation_declined", "budget_refunded", "confirmed", "failed", "cancelled", "expired", "needs_attention", "answered", "attention_resolved", "kept"]


class CancelRequested(TypedDict):
    """The traveller wants the trip cancelled; what is under way stops at the next safe point."""

    # Where the booking stood.
    during: BookingState


class CancellationRequested(TypedDict):
    """The traveller wants a confirmed trip cancelled: the first event of a lifecycle of its own, linked to the one that was confirmed, which stays as it is."""

    # The confirmed booking.
    previousBooking: BookingId


class CancellationConfirmed(TypedDict):
    """The traveller saw what the suppliers give back and what they keep, and wants the trip cancelled."""

    decision: DecisionId
    # Hash of the conditions that were on the traveller's screen.
    quoteHash: str


class CancellationDeclined(TypedDict):
    """The traveller saw the suppliers' conditions and keeps the trip."""

    decision: DecisionId


ErrorCode = Literal["AUTH_FAILED", "FORBIDDEN", "INVALID_REQUEST", "NOT_FOUND", "CONFLICT", "TOO_LARGE", "RATE_LIMITED", "POLICY_SILENT", "PLANNING_FAILED", "NO_OFFERS", "OFFER_EXPIRED", "PRICE_CHANGED", "SUPPLIER_UNAVAILABLE", "BUDGET_EXCEEDED", "APPROVAL_DECLINED", "TOO_LATE", "INTERNAL"]


# API Gateway's id of one WebSocket connection.
ConnectionId = str


class AccessRefused(TypedDict):
    """Somebody tried what they may not, what was settled or never there, or to be somebody else: evidence for the audit."""

    code: ErrorCode
    # The action tried: `decide_approval`; `connect` where somebody was not let in.
    action: str
    # The booking it was aimed at, where there is one.
    booking: NotRequired[Union[BookingId, None]]
    connection: ConnectionId
    # Of a token that was not good, of a command about what is settled, overdue or not there, or of a message that says who sends it: what is wrong with it.
    reason: NotRequired[Union[str, None]]


# One ingested document, by the time it was uploaded and its content: `2026-11-20T09-00-00Z-1f3a9c`.
PolicyVersion = str


class PolicyIngested(TypedDict):
    """A document became clauses and rules; an administrator may activate it."""

    version: PolicyVersion
    # SHA-256 of the document, hex.
    documentHash: str
    clauses: int
    rules: int


class PolicyIngestionFailed(TypedDict):
    """A document could not become a policy; the active one stays."""

    version: PolicyVersion
    documentHash: str
    # For the person who uploaded it, with what to do.
    reason: str


class PolicyActivated(TypedDict):
    """New bookings follow this version from now on; running ones keep theirs."""

    version: PolicyVersion
    replaces: NotRequired[Union[PolicyVersion, None]]
    # The administrator who decided it.
    by: EmployeeId


# A clause within one policy version, by its number in the document: `4.2`.
ClauseId = str


class PolicyRetrieved(TypedDict):
    """The policy version this booking follows to its end, and the clauses that bear on the request."""

    version: PolicyVersion
    # Most relevant first.
    clauses: list[ClauseId]
    # No clause seems to say what was asked: they are only the nearest, and the strict defaults apply, flagged.
    silent: bool
    # The policy's currency, ISO 4217; all amounts are compared in it.
    currency: str
    # Units of the policy's currency for one unit of the key's, pinned for this booking.
    rates: dict[str, Any]


# Three capital letters: an airport (`TXL`) or a metropolitan area (`BER`, `LON`). Well formed, not necessarily assigned.
IataCode = str


class Place(TypedDict):
    """Where a trip begins or ends, as the request was understood."""

    # The airport's own code, or the metropolitan code where the request named a city with several airports.
    code: IataCode
    # City name in English.
    city: str
    # ISO 3166-1 alpha-2.
    country: str
    # IANA time zone.
    zone: str
    # The airports that serve it, best known first; one, if the request named an airport.
    airports: list[IataCode]


class FlightWish(TypedDict):
    origin: Place
    destination: Place
    # Local date at the origin.
    departOn: str
    # Local date at the destination; absent for one way.
    returnOn: NotRequired[Union[str, None]]
    # The cabin asked for; without one, what the policy allows decides, starting from economy.
    cabin: NotRequired[Union[Cabin, None]]
    # Outbound only: not before, local time at the origin.
    departAfter: NotRequired[Union[str, None]]
    # Outbound only: there by, local time at the destination.
    arriveBefore: NotRequired[Union[str, None]]
    nonStop: bool
    # For all travellers together, both ways.
    maxTotal: NotRequired[Union[Money, None]]


class StayWish(TypedDict):
    place: Place
    checkIn: str
    checkOut: str
    # For one room; "under 150 a night" is 150.
    maxPerNight: NotRequired[Union[Money, None]]
    # What the stay should be close to, in the traveller's words, at most 80 characters.
    near: NotRequired[Union[str, None]]


class TripPlan(TypedDict):
    """What the request asks for, understood and complete; it says nothing about what is allowed or available."""

    travellers: int
    flight: NotRequired[Union[FlightWish, None]]
    stay: NotRequired[Union[StayWish, None]]


PlannedBy = Literal["model", "rules"]


class PlanningRecord(TypedDict):
    """How the plan came about, so that it can be explained and run again without a model."""

    plannedBy: PlannedBy
    # The model's id, where one was asked.
    model: NotRequired[Union[str, None]]
    # SHA-256 of the prompt, hex.
    promptHash: NotRequired[Union[str, None]]
    # The clauses that were in the prompt.
    clauses: list[ClauseId]
    attempts: int
    inputTokens: int
    outputTokens: int
    latencyMs: int
    # The model's answer, kept as long as the archive.
    answer: NotRequired[Union[TextRef, None]]


class PlanProposed(TypedDict):
    """The request as it was understood: a proposal, which rules will judge."""

    plan: TripPlan
    # 0 for the first plan, then one more for each rejection.
    revision: int
    policy: PolicyVersion
    planning: PlanningRecord


Problem = Literal["missing", "ambiguous", "unknown", "in_the_past", "too_far_ahead", "out_of_order", "same_place", "out_of_range"]


class Question(TypedDict):
    # The field of the plan in question: `destination`.
    field: str
    problem: Problem
    # A sentence for the traveller, without words of theirs.
    question: str
    # Choices, where there are a few: `["Portland, Oregon (PDX)", "Portland, Maine (PWM)"]`.
    choices: list[str]


class ClarificationRequested(TypedDict):
    """Something was not understood, and is asked rather than guessed."""

    questions: list[Question]
    # From 1.
    round: int


class PolicyAnswered(TypedDict):
    """The request was a question about the policy; here is the answer, with its clauses."""

    policy: PolicyVersion
    # The clauses the answer quotes, most relevant first.
    clauses: list[ClauseId]
    # None of them seems to say what was asked: they are only the nearest.
    silent: bool
    # The answer, by reference.
    answer: TextRef


class PlanningFailed(TypedDict):
    """No plan that stands could be made of the request."""

    # For the traveller, with what to do.
    reason: str
    revision: int


class PlanAccepted(TypedDict):
    """The plan breaks no rule that can be judged before prices are known."""

    plan: TripPlan
    policy: PolicyVersion


# A typed rule within one policy version: `hotel-cap-lisbon`.
RuleId = str


class Violation(TypedDict):
    """A rule the plan breaks, with what would satisfy it."""

    rule: RuleId
    clause: ClauseId
    # The field of the plan: `cabin`.
    field: str
    observed: str
    limit: str


class PlanRejected(TypedDict):
    """The plan breaks rules; the planner may revise it twice."""

    plan: TripPlan
    policy: PolicyVersion
    violations: list[Violation]
    revision: int


class OptionsRanked(TypedDict):
    """Offers became options, judged and in order; their bodies are in the Options table."""

    policy: PolicyVersion
    # Best first.
    options: list[OptionId]
    # How many of them need no approval.
    compliant: int
    # The lowest total among them.
    lowestTotal: Money
    # The policy was silent: strict defaults were applied.
    strictDefaults: bool


# A supplier by its configured name: `sample-api`.
SupplierId = str


SupplierOutcome = Literal["answered", "timed_out", "failed", "skipped"]


class SupplierAnswer(TypedDict):
    """What became of asking one supplier."""

    supplier: SupplierId
    outcome: SupplierOutcome
    offers: int
    elapsedMs: int


class OffersFound(TypedDict):
    """Suppliers made offers; their bodies are in the Offers table."""

    flights: int
    stays: int
    suppliers: list[SupplierAnswer]


class Alternative(TypedDict):
    """A plan close to the one asked for, for which there are offers."""

    # One sentence: "A day earlier, from 212.40 EUR".
    summary: str
    plan: TripPlan
    fromTotal: Money


class NoOffersFound(TypedDict):
    """Suppliers answered, and none has anything for this plan."""

    suppliers: list[SupplierAnswer]
    # The nearest things that do exist, best first.
    alternatives: list[Alternative]


class SearchFailed(TypedDict):
    """No supplier answered: not the same as nothing being available."""

    suppliers: list[SupplierAnswer]
    reason: str


class OptionsPresented(TypedDict):
    """The traveller may choose, until the deadline."""

    decision: DecisionId
    # Best first; bodies in the Options table.
    options: list[OptionId]
    # From 1; again after a quote fell through.
    round: int
    deadlineAt: str


QuoteOutcome = Literal["unchanged", "cheaper", "dearer", "gone"]


class OfferRequoted(TypedDict):
    """Suppliers were asked whether the chosen option still stands at its price."""

    option: OptionId
    outcome: QuoteOutcome
    # What was chosen or approved.
    before: Money
    # What it costs now, unless gone.
    after: NotRequired[Union[Money, None]]
    # Hash of the offers and prices as quoted.
    quoteHash: str


# Who must say yes. Which person that is, People says: L1 and L2 are the traveller's approver chain.
ApprovalLevel = Literal["L1", "L2", "Finance"]


class ApprovalReason(TypedDict):
    """Why somebody is asked."""

    rule: RuleId
    clause: ClauseId
    level: ApprovalLevel
    # One sentence: "38.00 EUR over the hotel cap of 140.00 EUR a night".
    reason: str


# What silence means once the deadline has passed: a soft deadline approves, a hard one declines.
Silence = Literal["approves", "declines"]


class ApprovalRequested(TypedDict):
    """Somebody must say yes before this is bought."""

    decision: DecisionId
    option: OptionId
    # Everybody who is asked, in order: fixed with the first question, whatever becomes of People meanwhile.
    approvers: NotRequired[list[EmployeeId]]
    # Whose turn it is.
    approver: EmployeeId
    # May answer in the approver's place.
    delegate: NotRequired[Union[EmployeeId, None]]
    # From 1; approvers are asked in order.
    step: int
    steps: int
    # Why, each with its clause.
    reasons: list[ApprovalReason]
    total: Money
    quoteHash: str
    deadlineAt: str
    # What silence means once the deadline has passed.
    silence: Silence


class ApprovalGrantedBySilence(TypedDict):
    """The approver's whole time passed without an answer, and the policy lets silence approve. Nobody said yes: that is why it is no [`ApprovalGranted`](crate::gateway::ApprovalGranted)."""

    decision: DecisionId
    # Who was asked and did not answer.
    approver: EmployeeId
    # Hash of the offers and prices that were asked about.
    quoteHash: str


class ApprovalVoided(TypedDict):
    """What was approved cannot be had any more as it was approved: the approvals count for nothing, and whatever the traveller chooses next is asked about anew."""

    option: OptionId
    # Whose approval it was, in the order they were asked; those who let it pass in silence too.
    approvers: list[EmployeeId]
    # `dearer` or `gone`.
    because: QuoteOutcome
    # What was approved.
    before: Money
    # What it costs now, unless gone.
    after: NotRequired[Union[Money, None]]


class PurchaseConfirmationRequested(TypedDict):
    """Everything is approved and quoted; the traveller has the last word."""

    decision: DecisionId
    option: OptionId
    total: Money
    quoteHash: str
    deadlineAt: str


class LocalTime(TypedDict):
    """Wall-clock time at a place. The instant follows from both."""

    # `2026-12-03T07:10:00`, without an offset.
    local: str
    # IANA time zone, `Europe/Berlin`.
    zone: str


FlightSegment = TypedDict(
    "FlightSegment",
    {
        # Carrier and number as printed on a ticket: `SJ 412`.
        "flight": str,
        # The carrier's name.
        "carrier": str,
        "from": IataCode,
        "to": IataCode,
        "departs": LocalTime,
        "arrives": LocalTime,
        "durationMinutes": int,
    },
)


class LegContentFlight(TypedDict):
    kind: Literal["flight"]
    outbound: list[FlightSegment]
    # Empty for one way.
    inbound: list[FlightSegment]
    cabin: Cabin
    travellers: int


class LegContentStay(TypedDict):
    kind: Literal["stay"]
    hotel: str
    stars: int
    place: Place
    checkIn: str
    checkOut: str
    nights: int
    rooms: int
    # For one room and night, taxes included.
    perNight: Money
    # From the city's centre, in kilometres, one decimal.
    distanceKm: str


# What one supplier books in one go: a flight there and back, or a stay.
LegContent = Union[LegContentFlight, LegContentStay]


class CancellationTerms(TypedDict):
    """What a supplier says of cancelling one leg now."""

    # From 0, in the order of booking.
    leg: int
    supplier: SupplierId
    # The supplier's own reference.
    reference: str
    content: LegContent
    paid: Money
    refund: Money
    fee: Money


class CancellationConfirmationRequested(TypedDict):
    """The traveller is shown what cancelling a confirmed trip gives back and what it costs, and asked whether to go on."""

    decision: DecisionId
    # The confirmed booking.
    previousBooking: BookingId
    # In the order they were booked.
    legs: list[CancellationTerms]
    paid: Money
    refund: Money
    # What is not given back.
    fee: Money
    # Hash of the conditions.
    quoteHash: str
    deadlineAt: str


class BudgetReserved(TypedDict):
    """The total is set aside in the cost centre's budget."""

    costCentre: CostCentre
    # In the budget's currency.
    amount: Money
    # The total it was converted from, at the rate pinned on the booking; absent where they are in one currency.
    price: NotRequired[Union[Money, None]]


class BudgetCaptured(TypedDict):
    """What was bought is spent."""

    costCentre: CostCentre
    # In the budget's currency.
    amount: Money


class BudgetReleased(TypedDict):
    """What was set aside is free again."""

    costCentre: CostCentre
    # In the budget's currency.
    amount: Money


class BudgetRefunded(TypedDict):
    """What suppliers gave back for a cancelled trip is in the budget again."""

    costCentre: CostCentre
    amount: Money


class BookedLeg(TypedDict):
    """One leg as it was booked."""

    # From 0, in the order of booking.
    leg: int
    supplier: SupplierId
    # The supplier's reference, as a traveller would quote it.
    reference: str
    content: LegContent
    total: Money


class Evidence(TypedDict):
    """A picture of a supplier's page, by reference: it expires, and shows nobody's personal data."""

    # `s3://bucket/key`.
    reference: str
    # Of the picture, in hexadecimal.
    sha256: str


class LegBooked(TypedDict):
    """A supplier confirmed one leg."""

    leg: BookedLeg
    # Of a leg that was booked on a supplier's pages.
    evidence: NotRequired[list[Evidence]]


class LegOutcomeUnknown(TypedDict):
    """A supplier's answer to an order was lost, and it does not know the order (yet): it is looked up again before anything is concluded from that. `LegBooked` or `LegBookingFailed` follows."""

    # From 0, in the order of booking.
    leg: int
    supplier: SupplierId
    # What the supplier can be asked for.
    idempotencyKey: str


class LegBookingFailed(TypedDict):
    """A supplier did not book one leg; legs booked before it are undone."""

    # From 0, in the order of booking.
    leg: int
    supplier: SupplierId
    reason: str
    # The supplier's answer was lost: whether it booked is not known yet.
    outcomeUnknown: bool
    # Of a supplier's pages, where those were driven.
    evidence: NotRequired[list[Evidence]]


class LegCancelled(TypedDict):
    """A booked leg was undone with its supplier."""

    leg: int
    supplier: SupplierId
    reference: str
    # What the supplier gives back.
    refund: Money


class PolicyException(TypedDict):
    """A rule that was exceeded in a confirmed booking, and who allowed it."""

    rule: RuleId
    clause: ClauseId
    reason: str
    # Absent where silence approved.
    approvedBy: NotRequired[Union[EmployeeId, None]]
    # For whom a delegate approved.
    onBehalfOf: NotRequired[Union[EmployeeId, None]]


class BookingConfirmed(TypedDict):
    """Bought and paid for: all a subscriber needs to file, remind, or look after the traveller."""

    option: OptionId
    # In the order of booking.
    legs: list[BookedLeg]
    total: Money
    taxes: Money
    travellers: int
    costCentre: CostCentre
    policy: PolicyVersion
    # Rules that were exceeded, with who approved.
    exceptions: list[PolicyException]
    # The confirmed booking this one replaces.
    previousBooking: NotRequired[Union[BookingId, None]]


class BookingFailed(TypedDict):
    """It came to nothing; nothing is held, owed or booked."""

    code: ErrorCode
    # For the traveller, with what to do next.
    reason: str
    # The state it was in.
    during: BookingState
    # Plans that would have had offers.
    alternatives: NotRequired[list[Alternative]]


class BookingCancelled(TypedDict):
    """Cancelled at the traveller's wish; what was booked is undone."""

    # The state it was in.
    during: BookingState
    # Legs that had been booked and were undone.
    legsUndone: int
    # The confirmed booking that is cancelled by this; absent where nothing had been confirmed.
    previousBooking: NotRequired[Union[BookingId, None]]
    # What suppliers gave back of a confirmed booking.
    refund: NotRequired[Union[Money, None]]
    # What they kept.
    fee: NotRequired[Union[Money, None]]


class BookingExpired(TypedDict):
    """Somebody did not answer in time; nothing is held."""

    # The state whose deadline passed.
    waitingIn: BookingState
    deadlineAt: str


class BookingKept(TypedDict):
    """A cancellation was called off before anything was cancelled: the confirmed trip stands."""

    # The booking that stays confirmed.
    previousBooking: BookingId
    # The state the cancellation was in.
    during: BookingState


Role = Literal["traveller", "approver", "travel_manager", "administrator"]


class BookingNeedsAttention(TypedDict):
    """Something could not be settled by itself; a person owns it now."""

    # What is open, in a sentence.
    reason: str
    # The role that owns it.
    owner: Role
    # The legs whose outcome or undo is open.
    legs: list[int]
    # The money still set aside.
    reserved: NotRequired[Union[Money, None]]
    # Of a cancellation: the confirmed booking it was to cancel.
    previousBooking: NotRequired[Union[BookingId, None]]
    # Of a cancellation: what suppliers have given back so far.
    refund: NotRequired[Union[Money, None]]


LegOutcome = Literal["kept", "undone"]


class SettledLeg(TypedDict):
    """What a person found out about one leg."""

    # From 0, in the order of booking.
    leg: int
    outcome: LegOutcome
    # The supplier's reference: for a leg that is kept it is the evidence.
    reference: NotRequired[Union[str, None]]
    # What the supplier charges in the end: the leg's price if it is kept, a fee or nothing if it is undone.
    charged: NotRequired[Union[Money, None]]


class AttentionResolved(TypedDict):
    """A person found out what was open, and the money was settled by what they found: nothing stays set aside."""

    by: EmployeeId
    # What became of each leg that was open, with its evidence.
    legs: list[SettledLeg]
    costCentre: CostCentre
    # What was spent in the end; absent if nothing was ever set aside.
    captured: NotRequired[Union[Money, None]]
    # What went back to the budget.
    released: NotRequired[Union[Money, None]]
    # Of a cancellation: the confirmed booking it was to cancel.
    previousBooking: NotRequired[Union[BookingId, None]]
    # Of a cancellation: what came back beyond what suppliers had given back before.
    refund: NotRequired[Union[Money, None]]
    # Why, in the person's words.
    note: TextRef
    # SHA-256 of the note, hex.
    noteHash: str


class PolicyQuestionAnswered(TypedDict):
    """The request was a question, and it is answered."""

    policy: PolicyVersion
    clauses: list[ClauseId]
    silent: bool
    answer: TextRef


class BookingOverdue(TypedDict):
    """A booking passed its due time and publishing its last event again did not help."""

    # Where it is stuck.
    during: BookingState
    dueAt: str
    # What Step Functions says of its execution, where it has one.
    executionStatus: NotRequired[Union[str, None]]


class AttentionOverdue(TypedDict):
    """A booking has been waiting for a person's attention for longer than is allowed. Said again each time that long passes without anybody resolving it."""

    # The role that should have seen to it.
    owner: Role
    # By when.
    dueAt: str
    # The reminder after this one, unless it is resolved by then.
    nextAt: str


class PersonChanged(TypedDict):
    employee: EmployeeId
    # As in the columns of the import: `level`, `approvers`, `delegate`.
    fields: list[str]


class PeopleChanged(TypedDict):
    """The directory of people changed: by a single edit or by an import, of which all or nothing happened. Ids and names of fields only; what a field holds is in People."""

    by: EmployeeId
    added: list[EmployeeId]
    changed: list[PersonChanged]


class PersonErased(TypedDict):
    """A person's details and words can no longer be read by anybody: their key is destroyed. What is known of them by id stays (bookings, money, decisions). Consumers that keep personal data of their own should forget it too."""

    employee: EmployeeId
    by: EmployeeId
    erasedAt: str


class BudgetSet(TypedDict):
    """What a cost centre may spend, from now on."""

    costCentre: CostCentre
    by: EmployeeId
    limit: Money
    # Absent where none was set: until then the cost centre was not limited.
    before: NotRequired[Union[Money, None]]


class ScheduleChanged(TypedDict):
    """An airline changed flights that are booked: other times, another number, or not at all. The booking stays as it is; whoever looks after travellers tells them."""

    bookingId: BookingId
    # As in the booking's legs.
    leg: int
    supplier: SupplierId
    # The supplier's reference of the order.
    reference: str
    # The supplier's id of this change: one order may be changed several times.
    change: str
    # The flights that are no longer flown like this.
    before: list[FlightSegment]
    # What is flown instead; nothing, if they were cancelled.
    after: list[FlightSegment]


DiscrepancyKind = Literal["journal_missing", "audit_missing", "audit_differs", "not_received", "received_differs", "not_journalled", "said_again", "head_ahead", "head_behind", "head_missing"]


class Discrepancy(TypedDict):
    kind: DiscrepancyKind
    # The place in the history.
    sequence: int
    # The event's name, where any record has it.
    event: NotRequired[Union[str, None]]
    # What each record says, in words.
    evidence: str
    # Why it was left as it is.
    leftBecause: str


class DiscrepancyFound(TypedDict):
    """Head, Journal, audit trail and what the bus received do not tell the same history, and nothing that is left says which of them is right: somebody has to look. What could be repaired is not in here."""

    # Whose history it is: a booking, a person, a budget.
    about: AggregateId
    discrepancies: list[Discrepancy]


class BookingRequestedDetail(TypedDict):
    meta: Meta
    data: BookingRequested


BookingRequestedEvent = TypedDict(
    "BookingRequestedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BookingRequested"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BookingRequestedDetail,
    },
)


class ClarificationGivenDetail(TypedDict):
    meta: Meta
    data: ClarificationGiven


ClarificationGivenEvent = TypedDict(
    "ClarificationGivenEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["ClarificationGiven"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": ClarificationGivenDetail,
    },
)


class OptionSelectedDetail(TypedDict):
    meta: Meta
    data: OptionSelected


OptionSelectedEvent = TypedDict(
    "OptionSelectedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["OptionSelected"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": OptionSelectedDetail,
    },
)


class ApprovalGrantedDetail(TypedDict):
    meta: Meta
    data: ApprovalGranted


ApprovalGrantedEvent = TypedDict(
    "ApprovalGrantedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["ApprovalGranted"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": ApprovalGrantedDetail,
    },
)


class ApprovalDeclinedDetail(TypedDict):
    meta: Meta
    data: ApprovalDeclined


ApprovalDeclinedEvent = TypedDict(
    "ApprovalDeclinedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["ApprovalDeclined"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": ApprovalDeclinedDetail,
    },
)


class PurchaseConfirmedDetail(TypedDict):
    meta: Meta
    data: PurchaseConfirmed


PurchaseConfirmedEvent = TypedDict(
    "PurchaseConfirmedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PurchaseConfirmed"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PurchaseConfirmedDetail,
    },
)


class PurchaseDeclinedDetail(TypedDict):
    meta: Meta
    data: PurchaseDeclined


PurchaseDeclinedEvent = TypedDict(
    "PurchaseDeclinedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PurchaseDeclined"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PurchaseDeclinedDetail,
    },
)


class CancelRequestedDetail(TypedDict):
    meta: Meta
    data: CancelRequested


CancelRequestedEvent = TypedDict(
    "CancelRequestedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["CancelRequested"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": CancelRequestedDetail,
    },
)


class CancellationRequestedDetail(TypedDict):
    meta: Meta
    data: CancellationRequested


CancellationRequestedEvent = TypedDict(
    "CancellationRequestedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["CancellationRequested"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": CancellationRequestedDetail,
    },
)


class CancellationConfirmedDetail(TypedDict):
    meta: Meta
    data: CancellationConfirmed


CancellationConfirmedEvent = TypedDict(
    "CancellationConfirmedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["CancellationConfirmed"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": CancellationConfirmedDetail,
    },
)


class CancellationDeclinedDetail(TypedDict):
    meta: Meta
    data: CancellationDeclined


CancellationDeclinedEvent = TypedDict(
    "CancellationDeclinedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["CancellationDeclined"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": CancellationDeclinedDetail,
    },
)


class AccessRefusedDetail(TypedDict):
    meta: Meta
    data: AccessRefused


AccessRefusedEvent = TypedDict(
    "AccessRefusedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["AccessRefused"],
        "source": Literal["sojourn.gateway"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": AccessRefusedDetail,
    },
)


class PolicyIngestedDetail(TypedDict):
    meta: Meta
    data: PolicyIngested


PolicyIngestedEvent = TypedDict(
    "PolicyIngestedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PolicyIngested"],
        "source": Literal["sojourn.policy"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PolicyIngestedDetail,
    },
)


class PolicyIngestionFailedDetail(TypedDict):
    meta: Meta
    data: PolicyIngestionFailed


PolicyIngestionFailedEvent = TypedDict(
    "PolicyIngestionFailedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PolicyIngestionFailed"],
        "source": Literal["sojourn.policy"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PolicyIngestionFailedDetail,
    },
)


class PolicyActivatedDetail(TypedDict):
    meta: Meta
    data: PolicyActivated


PolicyActivatedEvent = TypedDict(
    "PolicyActivatedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PolicyActivated"],
        "source": Literal["sojourn.policy"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PolicyActivatedDetail,
    },
)


class PolicyRetrievedDetail(TypedDict):
    meta: Meta
    data: PolicyRetrieved


PolicyRetrievedEvent = TypedDict(
    "PolicyRetrievedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PolicyRetrieved"],
        "source": Literal["sojourn.policy"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PolicyRetrievedDetail,
    },
)


class PlanProposedDetail(TypedDict):
    meta: Meta
    data: PlanProposed


PlanProposedEvent = TypedDict(
    "PlanProposedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PlanProposed"],
        "source": Literal["sojourn.planner"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PlanProposedDetail,
    },
)


class ClarificationRequestedDetail(TypedDict):
    meta: Meta
    data: ClarificationRequested


ClarificationRequestedEvent = TypedDict(
    "ClarificationRequestedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["ClarificationRequested"],
        "source": Literal["sojourn.planner"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": ClarificationRequestedDetail,
    },
)


class PolicyAnsweredDetail(TypedDict):
    meta: Meta
    data: PolicyAnswered


PolicyAnsweredEvent = TypedDict(
    "PolicyAnsweredEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PolicyAnswered"],
        "source": Literal["sojourn.planner"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PolicyAnsweredDetail,
    },
)


class PlanningFailedDetail(TypedDict):
    meta: Meta
    data: PlanningFailed


PlanningFailedEvent = TypedDict(
    "PlanningFailedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PlanningFailed"],
        "source": Literal["sojourn.planner"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PlanningFailedDetail,
    },
)


class PlanAcceptedDetail(TypedDict):
    meta: Meta
    data: PlanAccepted


PlanAcceptedEvent = TypedDict(
    "PlanAcceptedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PlanAccepted"],
        "source": Literal["sojourn.compliance"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PlanAcceptedDetail,
    },
)


class PlanRejectedDetail(TypedDict):
    meta: Meta
    data: PlanRejected


PlanRejectedEvent = TypedDict(
    "PlanRejectedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PlanRejected"],
        "source": Literal["sojourn.compliance"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PlanRejectedDetail,
    },
)


class OptionsRankedDetail(TypedDict):
    meta: Meta
    data: OptionsRanked


OptionsRankedEvent = TypedDict(
    "OptionsRankedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["OptionsRanked"],
        "source": Literal["sojourn.compliance"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": OptionsRankedDetail,
    },
)


class OffersFoundDetail(TypedDict):
    meta: Meta
    data: OffersFound


OffersFoundEvent = TypedDict(
    "OffersFoundEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["OffersFound"],
        "source": Literal["sojourn.search"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": OffersFoundDetail,
    },
)


class NoOffersFoundDetail(TypedDict):
    meta: Meta
    data: NoOffersFound


NoOffersFoundEvent = TypedDict(
    "NoOffersFoundEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["NoOffersFound"],
        "source": Literal["sojourn.search"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": NoOffersFoundDetail,
    },
)


class SearchFailedDetail(TypedDict):
    meta: Meta
    data: SearchFailed


SearchFailedEvent = TypedDict(
    "SearchFailedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["SearchFailed"],
        "source": Literal["sojourn.search"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": SearchFailedDetail,
    },
)


class OptionsPresentedDetail(TypedDict):
    meta: Meta
    data: OptionsPresented


OptionsPresentedEvent = TypedDict(
    "OptionsPresentedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["OptionsPresented"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": OptionsPresentedDetail,
    },
)


class OfferRequotedDetail(TypedDict):
    meta: Meta
    data: OfferRequoted


OfferRequotedEvent = TypedDict(
    "OfferRequotedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["OfferRequoted"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": OfferRequotedDetail,
    },
)


class ApprovalRequestedDetail(TypedDict):
    meta: Meta
    data: ApprovalRequested


ApprovalRequestedEvent = TypedDict(
    "ApprovalRequestedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["ApprovalRequested"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": ApprovalRequestedDetail,
    },
)


class ApprovalGrantedBySilenceDetail(TypedDict):
    meta: Meta
    data: ApprovalGrantedBySilence


ApprovalGrantedBySilenceEvent = TypedDict(
    "ApprovalGrantedBySilenceEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["ApprovalGrantedBySilence"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": ApprovalGrantedBySilenceDetail,
    },
)


class ApprovalVoidedDetail(TypedDict):
    meta: Meta
    data: ApprovalVoided


ApprovalVoidedEvent = TypedDict(
    "ApprovalVoidedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["ApprovalVoided"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": ApprovalVoidedDetail,
    },
)


class PurchaseConfirmationRequestedDetail(TypedDict):
    meta: Meta
    data: PurchaseConfirmationRequested


PurchaseConfirmationRequestedEvent = TypedDict(
    "PurchaseConfirmationRequestedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PurchaseConfirmationRequested"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PurchaseConfirmationRequestedDetail,
    },
)


class CancellationConfirmationRequestedDetail(TypedDict):
    meta: Meta
    data: CancellationConfirmationRequested


CancellationConfirmationRequestedEvent = TypedDict(
    "CancellationConfirmationRequestedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["CancellationConfirmationRequested"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": CancellationConfirmationRequestedDetail,
    },
)


class BudgetReservedDetail(TypedDict):
    meta: Meta
    data: BudgetReserved


BudgetReservedEvent = TypedDict(
    "BudgetReservedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BudgetReserved"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BudgetReservedDetail,
    },
)


class BudgetCapturedDetail(TypedDict):
    meta: Meta
    data: BudgetCaptured


BudgetCapturedEvent = TypedDict(
    "BudgetCapturedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BudgetCaptured"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BudgetCapturedDetail,
    },
)


class BudgetReleasedDetail(TypedDict):
    meta: Meta
    data: BudgetReleased


BudgetReleasedEvent = TypedDict(
    "BudgetReleasedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BudgetReleased"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BudgetReleasedDetail,
    },
)


class BudgetRefundedDetail(TypedDict):
    meta: Meta
    data: BudgetRefunded


BudgetRefundedEvent = TypedDict(
    "BudgetRefundedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BudgetRefunded"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BudgetRefundedDetail,
    },
)


class LegBookedDetail(TypedDict):
    meta: Meta
    data: LegBooked


LegBookedEvent = TypedDict(
    "LegBookedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["LegBooked"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": LegBookedDetail,
    },
)


class LegOutcomeUnknownDetail(TypedDict):
    meta: Meta
    data: LegOutcomeUnknown


LegOutcomeUnknownEvent = TypedDict(
    "LegOutcomeUnknownEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["LegOutcomeUnknown"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": LegOutcomeUnknownDetail,
    },
)


class LegBookingFailedDetail(TypedDict):
    meta: Meta
    data: LegBookingFailed


LegBookingFailedEvent = TypedDict(
    "LegBookingFailedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["LegBookingFailed"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": LegBookingFailedDetail,
    },
)


class LegCancelledDetail(TypedDict):
    meta: Meta
    data: LegCancelled


LegCancelledEvent = TypedDict(
    "LegCancelledEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["LegCancelled"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": LegCancelledDetail,
    },
)


class BookingConfirmedDetail(TypedDict):
    meta: Meta
    data: BookingConfirmed


BookingConfirmedEvent = TypedDict(
    "BookingConfirmedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BookingConfirmed"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BookingConfirmedDetail,
    },
)


class BookingFailedDetail(TypedDict):
    meta: Meta
    data: BookingFailed


BookingFailedEvent = TypedDict(
    "BookingFailedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BookingFailed"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BookingFailedDetail,
    },
)


class BookingCancelledDetail(TypedDict):
    meta: Meta
    data: BookingCancelled


BookingCancelledEvent = TypedDict(
    "BookingCancelledEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BookingCancelled"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BookingCancelledDetail,
    },
)


class BookingExpiredDetail(TypedDict):
    meta: Meta
    data: BookingExpired


BookingExpiredEvent = TypedDict(
    "BookingExpiredEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BookingExpired"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BookingExpiredDetail,
    },
)


class BookingKeptDetail(TypedDict):
    meta: Meta
    data: BookingKept


BookingKeptEvent = TypedDict(
    "BookingKeptEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BookingKept"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BookingKeptDetail,
    },
)


class BookingNeedsAttentionDetail(TypedDict):
    meta: Meta
    data: BookingNeedsAttention


BookingNeedsAttentionEvent = TypedDict(
    "BookingNeedsAttentionEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BookingNeedsAttention"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BookingNeedsAttentionDetail,
    },
)


class AttentionResolvedDetail(TypedDict):
    meta: Meta
    data: AttentionResolved


AttentionResolvedEvent = TypedDict(
    "AttentionResolvedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["AttentionResolved"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": AttentionResolvedDetail,
    },
)


class PolicyQuestionAnsweredDetail(TypedDict):
    meta: Meta
    data: PolicyQuestionAnswered


PolicyQuestionAnsweredEvent = TypedDict(
    "PolicyQuestionAnsweredEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PolicyQuestionAnswered"],
        "source": Literal["sojourn.booking"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PolicyQuestionAnsweredDetail,
    },
)


class BookingOverdueDetail(TypedDict):
    meta: Meta
    data: BookingOverdue


BookingOverdueEvent = TypedDict(
    "BookingOverdueEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BookingOverdue"],
        "source": Literal["sojourn.sweeper"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BookingOverdueDetail,
    },
)


class AttentionOverdueDetail(TypedDict):
    meta: Meta
    data: AttentionOverdue


AttentionOverdueEvent = TypedDict(
    "AttentionOverdueEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["AttentionOverdue"],
        "source": Literal["sojourn.sweeper"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": AttentionOverdueDetail,
    },
)


class PeopleChangedDetail(TypedDict):
    meta: Meta
    data: PeopleChanged


PeopleChangedEvent = TypedDict(
    "PeopleChangedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PeopleChanged"],
        "source": Literal["sojourn.people"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PeopleChangedDetail,
    },
)


class PersonErasedDetail(TypedDict):
    meta: Meta
    data: PersonErased


PersonErasedEvent = TypedDict(
    "PersonErasedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["PersonErased"],
        "source": Literal["sojourn.people"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": PersonErasedDetail,
    },
)


class BudgetSetDetail(TypedDict):
    meta: Meta
    data: BudgetSet


BudgetSetEvent = TypedDict(
    "BudgetSetEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["BudgetSet"],
        "source": Literal["sojourn.people"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": BudgetSetDetail,
    },
)


class ScheduleChangedDetail(TypedDict):
    meta: Meta
    data: ScheduleChanged


ScheduleChangedEvent = TypedDict(
    "ScheduleChangedEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["ScheduleChanged"],
        "source": Literal["sojourn.schedules"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": ScheduleChangedDetail,
    },
)


class DiscrepancyFoundDetail(TypedDict):
    meta: Meta
    data: DiscrepancyFound


DiscrepancyFoundEvent = TypedDict(
    "DiscrepancyFoundEvent",
    {
        "version": str,
        "id": str,
        "detail-type": Literal["DiscrepancyFound"],
        "source": Literal["sojourn.audit"],
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "replay-name": NotRequired[str],
        "detail": DiscrepancyFoundDetail,
    },
)


# Any event; `detail-type` tells which.
AnyEvent = Union[
    BookingRequestedEvent,
    ClarificationGivenEvent,
    OptionSelectedEvent,
    ApprovalGrantedEvent,
    ApprovalDeclinedEvent,
    PurchaseConfirmedEvent,
    PurchaseDeclinedEvent,
    CancelRequestedEvent,
    CancellationRequestedEvent,
    CancellationConfirmedEvent,
    CancellationDeclinedEvent,
    AccessRefusedEvent,
    PolicyIngestedEvent,
    PolicyIngestionFailedEvent,
    PolicyActivatedEvent,
    PolicyRetrievedEvent,
    PlanProposedEvent,
    ClarificationRequestedEvent,
    PolicyAnsweredEvent,
    PlanningFailedEvent,
    PlanAcceptedEvent,
    PlanRejectedEvent,
    OptionsRankedEvent,
    OffersFoundEvent,
    NoOffersFoundEvent,
    SearchFailedEvent,
    OptionsPresentedEvent,
    OfferRequotedEvent,
    ApprovalRequestedEvent,
    ApprovalGrantedBySilenceEvent,
    ApprovalVoidedEvent,
    PurchaseConfirmationRequestedEvent,
    CancellationConfirmationRequestedEvent,
    BudgetReservedEvent,
    BudgetCapturedEvent,
    BudgetReleasedEvent,
    BudgetRefundedEvent,
    LegBookedEvent,
    LegOutcomeUnknownEvent,
    LegBookingFailedEvent,
    LegCancelledEvent,
    BookingConfirmedEvent,
    BookingFailedEvent,
    BookingCancelledEvent,
    BookingExpiredEvent,
    BookingKeptEvent,
    BookingNeedsAttentionEvent,
    AttentionResolvedEvent,
    PolicyQuestionAnsweredEvent,
    BookingOverdueEvent,
    AttentionOverdueEvent,
    PeopleChangedEvent,
    PersonErasedEvent,
    BudgetSetEvent,
    ScheduleChangedEvent,
    DiscrepancyFoundEvent,
]

# Who announces an event: the `source` to match in a rule.
SOURCES: dict[str, str] = {
    "BookingRequested": "sojourn.gateway",
    "ClarificationGiven": "sojourn.gateway",
    "OptionSelected": "sojourn.gateway",
    "ApprovalGranted": "sojourn.gateway",
    "ApprovalDeclined": "sojourn.gateway",
    "PurchaseConfirmed": "sojourn.gateway",
    "PurchaseDeclined": "sojourn.gateway",
    "CancelRequested": "sojourn.gateway",
    "CancellationRequested": "sojourn.gateway",
    "CancellationConfirmed": "sojourn.gateway",
    "CancellationDeclined": "sojourn.gateway",
    "AccessRefused": "sojourn.gateway",
    "PolicyIngested": "sojourn.policy",
    "PolicyIngestionFailed": "sojourn.policy",
    "PolicyActivated": "sojourn.policy",
    "PolicyRetrieved": "sojourn.policy",
    "PlanProposed": "sojourn.planner",
    "ClarificationRequested": "sojourn.planner",
    "PolicyAnswered": "sojourn.planner",
    "PlanningFailed": "sojourn.planner",
    "PlanAccepted": "sojourn.compliance",
    "PlanRejected": "sojourn.compliance",
    "OptionsRanked": "sojourn.compliance",
    "OffersFound": "sojourn.search",
    "NoOffersFound": "sojourn.search",
    "SearchFailed": "sojourn.search",
    "OptionsPresented": "sojourn.booking",
    "OfferRequoted": "sojourn.booking",
    "ApprovalRequested": "sojourn.booking",
    "ApprovalGrantedBySilence": "sojourn.booking",
    "ApprovalVoided": "sojourn.booking",
    "PurchaseConfirmationRequested": "sojourn.booking",
    "CancellationConfirmationRequested": "sojourn.booking",
    "BudgetReserved": "sojourn.booking",
    "BudgetCaptured": "sojourn.booking",
    "BudgetReleased": "sojourn.booking",
    "BudgetRefunded": "sojourn.booking",
    "LegBooked": "sojourn.booking",
    "LegOutcomeUnknown": "sojourn.booking",
    "LegBookingFailed": "sojourn.booking",
    "LegCancelled": "sojourn.booking",
    "BookingConfirmed": "sojourn.booking",
    "BookingFailed": "sojourn.booking",
    "BookingCancelled": "sojourn.booking",
    "BookingExpired": "sojourn.booking",
    "BookingKept": "sojourn.booking",
    "BookingNeedsAttention": "sojourn.booking",
    "AttentionResolved": "sojourn.booking",
    "PolicyQuestionAnswered": "sojourn.booking",
    "BookingOverdue": "sojourn.sweeper",
    "AttentionOverdue": "sojourn.sweeper",
    "PeopleChanged": "sojourn.people",
    "PersonErased": "sojourn.people",
    "BudgetSet": "sojourn.people",
    "ScheduleChanged": "sojourn.schedules",
    "DiscrepancyFound": "sojourn.audit",
}

# The version of an event's data that these types describe.
VERSIONS: dict[str, int] = {
    "BookingRequested": 1,
    "ClarificationGiven": 1,
    "OptionSelected": 1,
    "ApprovalGranted": 1,
    "ApprovalDeclined": 1,
    "PurchaseConfirmed": 1,
    "PurchaseDeclined": 1,
    "CancelRequested": 1,
    "CancellationRequested": 1,
    "CancellationConfirmed": 1,
    "CancellationDeclined": 1,
    "AccessRefused": 1,
    "PolicyIngested": 1,
    "PolicyIngestionFailed": 1,
    "PolicyActivated": 1,
    "PolicyRetrieved": 1,
    "PlanProposed": 1,
    "ClarificationRequested": 1,
    "PolicyAnswered": 1,
    "PlanningFailed": 1,
    "PlanAccepted": 1,
    "PlanRejected": 1,
    "OptionsRanked": 1,
    "OffersFound": 1,
    "NoOffersFound": 1,
    "SearchFailed": 1,
    "OptionsPresented": 1,
    "OfferRequoted": 1,
    "ApprovalRequested": 1,
    "ApprovalGrantedBySilence": 1,
    "ApprovalVoided": 1,
    "PurchaseConfirmationRequested": 1,
    "CancellationConfirmationRequested": 1,
    "BudgetReserved": 1,
    "BudgetCaptured": 1,
    "BudgetReleased": 1,
    "BudgetRefunded": 1,
    "LegBooked": 1,
    "LegOutcomeUnknown": 1,
    "LegBookingFailed": 1,
    "LegCancelled": 1,
    "BookingConfirmed": 1,
    "BookingFailed": 1,
    "BookingCancelled": 1,
    "BookingExpired": 1,
    "BookingKept": 1,
    "BookingNeedsAttention": 1,
    "AttentionResolved": 2,
    "PolicyQuestionAnswered": 1,
    "BookingOverdue": 1,
    "AttentionOverdue": 1,
    "PeopleChanged": 1,
    "PersonErased": 1,
    "BudgetSet": 1,
    "ScheduleChanged": 1,
    "DiscrepancyFound": 1,
}
