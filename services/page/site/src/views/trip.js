// One trip from sentence to itinerary: what it waits for in the middle, what has happened beside it.

import { html, nothing } from "../../vendor/lit-html.js";
import { emptyBooking } from "../bookings.js";
import { cancellationOf, cancels } from "../cancellations.js";
import { stateOf } from "../format.js";
import { isBusy } from "../session.js";
import { href } from "../router.js";
import { choose } from "./options.js";
import { awaitApproval, clarify, confirm, confirmCancellation } from "./questions.js";
import { outcome } from "./outcome.js";
import { steps } from "./steps.js";
import { problem, reading, stateBadge, title } from "./parts.js";

export const trip = {
  title: ({ state, route }) => requestOf(state, route.id) ?? "Trip",
  enter: ({ session, route }) => session.follow(route.id),
  spoken: ({ state, route }) => state.bookings[route.id]?.steps.at(-1)?.message ?? "",
  view(context) {
    const { state, route } = context;
    const booking = state.bookings[route.id] ?? emptyBooking(route.id);
    const failed = state.problems[route.id];
    if (booking.sequence === 0 && failed) return missing(context, failed);
    const cancellation = cancellationOf(state, booking.id);
    const name = cancellation?.state === "cancelled" ? "cancelled" : stateOf(booking);
    return html`
      <div class="stack tight">
        <div class="row apart above">${booking.sequence ? stateBadge(name, Boolean(cancels(state, booking))) : nothing}${cancel(context, booking, cancellation)}</div>
        ${title(requestOf(state, route.id) ?? "Your trip")}
      </div>
      <div class="trip">
        <div class="stack task" aria-busy=${booking.sequence === 0}>
          ${problem(context, booking.id)}
          ${body(context, booking)}
        </div>
        ${steps(context, booking)}
      </div>`;
  },
};

/** A cancellation has no words of its own: it is called after the trip it cancels. */
function requestOf(state, id) {
  const item = state.list.items?.find((one) => one.bookingId === id);
  if (!item?.previousBooking) return item?.request;
  return `Cancelling: ${requestOf(state, item.previousBooking) ?? "a trip"}`;
}

const MISSING = {
  NOT_FOUND: "There is no trip at this address. The link may be incomplete.",
  FORBIDDEN: "This trip is somebody else’s. Approvers find theirs under Approvals.",
};

function missing(context, failed) {
  const { route, session } = context;
  const why = MISSING[failed.code];
  return html`${title("This trip cannot be shown")}
    ${why
      ? html`<div class="notice bad" role="alert"><p>${why}</p></div>`
      : reading(context, route.id, { again: () => session.lookAgain(route.id) })}
    <p><a href=${href("trips")}>Back to your trips</a></p>`;
}

function body(context, booking) {
  if (booking.outcome) return outcome(context, booking);
  switch (booking.question?.kind) {
    case "clarify":
      return clarify(context, booking);
    case "choose":
      return choose(context, booking);
    case "approve":
      return awaitApproval(context, booking);
    case "confirm":
      return confirm(context, booking);
    case "cancel":
      return confirmCancellation(context, booking);
    default:
      return working(booking);
  }
}

/** Automated work: as high as what follows, so that its arrival moves nothing that is already there. */
function working(booking) {
  const latest = booking.steps.at(-1);
  return html`<div class="card working">
    <span class="dot connecting breathing" aria-hidden="true"></span>
    <p>${latest?.message ?? "Looking this trip up."}</p>
  </div>`;
}

function cancel({ state, session }, booking, cancellation) {
  // One is enough, unless nobody knows what came of it.
  if (cancellation && cancellation.state !== "attention_resolved") return nothing;
  const bought = booking.outcome?.kind === "confirmed";
  if ((booking.outcome && !bought) || booking.question?.kind === "cancel" || booking.sequence === 0) return nothing;
  const busy = booking.cancelling || isBusy(state, booking.id, "cancel_booking");
  return html`<details class="cancel">
    <summary>Cancel this trip</summary>
    <div class="menu"><p class="small">${bought ? "You see what the suppliers give back first; nothing is cancelled before you say so." : "What is under way stops at the next safe point, and nothing stays booked."}</p>
    <button class="button danger" type="button" ?disabled=${busy} @click=${() => session.cancel(booking)}>
      ${busy ? "One moment" : bought ? "See the conditions" : "Cancel the trip"}</button></div>
  </details>`;
}
