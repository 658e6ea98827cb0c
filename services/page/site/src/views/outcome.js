// How a trip ended: an itinerary, or what went wrong and what to do next.

import { html, nothing } from "../../vendor/lit-html.js";
import * as format from "../format.js";
import { cancellationOf, cancels } from "../cancellations.js";
import { href } from "../router.js";
import { leg } from "./legs.js";
import { clause, icon, money, nameOf } from "./parts.js";

export function outcome(context, booking) {
  const { outcome: ended } = booking;
  const cancelling = cancels(context.state, booking);
  switch (ended.kind) {
    case "confirmed":
      return confirmed(context, booking, ended);
    case "answered":
      return answer(ended);
    case "failed":
      return cancelling ? notCancelled(ended, cancelling) : failed(ended);
    case "needs_attention":
      return notice("warn", "A travel manager looks after this", ended.message, nothing);
    case "attention_resolved":
      return notice("", "This has been settled", ended.message, cancelling ? back(cancelling) : again());
    case "kept":
      return notice("good", "The trip stays booked", ended.message, back(cancelling));
    case "cancelled":
      return notice("", "This trip is cancelled", ended.message, html`${ended.refund
        ? html`<p>${money(ended.refund)} come back${ended.fee ? html`; the suppliers keep ${money(ended.fee)}` : nothing}.</p>`
        : nothing}${cancelling ? back(cancelling, "What was booked") : nothing}${again()}`);
    default:
      return cancelling
        ? notice("", "The trip stays booked", ended.message, back(cancelling))
        : notice("", "This trip has expired", ended.message, again());
  }
}

function confirmed({ state, session }, booking, { legs, total, taxes, exceptions }) {
  const cancellation = cancellationOf(state, booking.id);
  const isCancelled = cancellation?.state === "cancelled";
  return html`<section class="card stack itinerary appear" aria-labelledby="itinerary-heading">
    <div class="row apart">
      <h2 id="itinerary-heading">${isCancelled ? "This trip is cancelled" : html`${icon("check")} You are booked`}</h2>
      <p class="total">${money(total)}</p>
    </div>
    ${cancellation ? html`<p><a href=${href("trip", cancellation.id)}>${BY_CANCELLATION[cancellation.state] ?? "It is being cancelled"}</a></p>` : nothing}
    <ol class="booked">${legs.map((booked) => html`<li>
      <div class="parts">${leg(booked.content)}</div>
      <p class="reference"><span class="quiet small">Reference</span> <strong>${booked.reference}</strong></p>
    </li>`)}</ol>
    <p class="small quiet">${money(taxes)} of the total are taxes.</p>
    ${exceptions.length
      ? html`<ul class="reasons">${exceptions.map((exception) => html`<li>${exception.reason} <span class="quiet">(clause
          ${exception.clause}; ${allowed(state, exception)})</span></li>`)}</ul>`
      : nothing}
    <div class="row">
      ${isCancelled
        ? nothing
        : html`<button class="button main-action" type="button" @click=${() => session.itinerary(booking)}>${icon("calendar")}Add to calendar</button>`}
      <a class="button" href=${href("new")}>Another trip</a>
    </div>
  </section>`;
}

/** A trip's link to its cancellation, by how that stands. */
const BY_CANCELLATION = {
  cancelled: "Its cancellation, and what comes back",
  needs_attention: "A travel manager looks after its cancellation",
  attention_resolved: "A travel manager settled its cancellation",
};

export function answer({ text, clauses, silent }) {
  const relied = clauses.filter((each) => !text.includes(each.text));
  return html`<div class="card stack appear">
    <h2>${silent ? "No clear answer" : "Answer"}</h2>
    ${text.split(/\n\s*\n/).map(paragraph)}
    ${relied.length ? html`<div class="stack tight">${relied.map((each) => clause(each.clause, each.section, each.text))}</div>` : nothing}
  </div>`;
}

function allowed(state, { approvedBy, onBehalfOf }) {
  if (!approvedBy) return "approved by silence";
  return `approved by ${nameOf(state, approvedBy)}${onBehalfOf ? ` for ${nameOf(state, onBehalfOf)}` : ""}`;
}

/** A quoted clause looks like one; all else is words. */
function paragraph(words) {
  const quoted = /^Clause (\S+) \(([^)]*)\): “([^”]*)”$/.exec(words.trim());
  return quoted ? clause(quoted[1], quoted[2], quoted[3]) : html`<p class="answer">${words}</p>`;
}

const NEXT = {
  NO_OFFERS: "Try other dates or a place nearby.",
  BUDGET_EXCEEDED: "Your travel manager can raise the budget.",
  APPROVAL_DECLINED: "Choose a trip that stays closer to the policy, or talk to your approver.",
  SUPPLIER_UNAVAILABLE: "Ask again in a few minutes.",
  PLANNING_FAILED: "Say it in other words: from where, to where, and when.",
};

function failed({ code, message, alternatives }) {
  return html`<section class="card stack appear" aria-labelledby="failed-heading">
    <h2 id="failed-heading">This trip was not booked</h2>
    <p>${message}</p>
    ${NEXT[code] ? html`<p class="quiet">${NEXT[code]}</p>` : nothing}
    ${alternatives?.length
      ? html`<div class="stack tight"><h3>What there would be</h3><ul class="reasons">${alternatives.map((each) => html`<li>${each.summary}</li>`)}</ul></div>`
      : nothing}
    <p class="small quiet">Nothing is held or owed. ${code}</p>
    ${again()}
  </section>`;
}

/** The trip is bought all the same: nothing of it may read as if there were none. */
function notCancelled({ code, message }, cancelling) {
  return html`<section class="card stack appear" aria-labelledby="failed-heading">
    <h2 id="failed-heading">The trip was not cancelled</h2>
    <p>${message}</p>
    <p class="small quiet">It stays booked, and nothing comes back. ${code}</p>
    ${back(cancelling)}
  </section>`;
}

function notice(tone, heading, message, action) {
  return html`<section class="notice appear ${tone}"><h2>${heading}</h2><p>${message}</p>${action}</section>`;
}

const back = ({ trip }, words = "Back to it") => (trip ? html`<p><a href=${href("trip", trip)}>${words}</a></p>` : nothing);

const again = () => html`<p><a class="button" href=${href("new")}>Plan another trip</a></p>`;
