// What a trip asks its traveller: a question back, patience while somebody approves, the last word before buying.

import { html, nothing } from "../../vendor/lit-html.js";
import { travellers } from "../bookings.js";
import * as format from "../format.js";
import { isBusy } from "../session.js";
import { leg } from "./legs.js";
import { cheaperThan, rules, terms } from "./options.js";
import { deadline, money, nameOf } from "./parts.js";
import { passengers } from "./passengers.js";

export function clarify(context, booking) {
  const { state, session } = context;
  const { questions, round } = booking.question;
  const busy = isBusy(state, booking.id, "clarify");
  const submit = (event) => {
    event.preventDefault();
    const text = new FormData(event.target).get("answer").trim();
    if (text) session.clarify(booking, text);
  };
  return html`<form class="card stack" @submit=${submit}>
    <h2>${round > 1 ? "One more thing" : "Before searching"}</h2>
    ${questions.map((question) => html`<div class="stack tight">
      <p>${question.question}</p>
      ${question.choices.length
        ? html`<ul class="chips">${question.choices.map((choice) => html`<li><button class="chip" type="button" ?disabled=${busy} @click=${() => session.clarify(booking, choice)}>${choice}</button></li>`)}</ul>`
        : nothing}
    </div>`)}
    <div class="field"><label for="answer">Your answer</label>
      <input class="input" id="answer" name="answer" required maxlength="2000" autocomplete="off"></div>
    <div class="row"><button class="button main-action" ?disabled=${busy}>${busy ? "Sending" : "Answer"}</button></div>
  </form>`;
}

export function awaitApproval(context, booking) {
  const { state } = context;
  const { option, approver, step, steps, reasons, total, deadlineAt, silence } = booking.question;
  const after = silence === "approves" ? "Without an answer it counts as approved" : "Without an answer the trip ends";
  return html`<section class="card stack" aria-labelledby="approval-heading">
    <h2 id="approval-heading">Waiting for ${nameOf(state, approver)}${steps > 1 ? ` (${step} of ${steps})` : ""}</h2>
    <p>${money(total)} needs an approval. You need not stay here: the trip goes on when the answer comes.</p>
    <ul class="reasons">${reasons.map((reason) => html`<li>${reason.reason} <span class="quiet">(clause ${reason.clause})</span></li>`)}</ul>
    ${deadline(context, deadlineAt, `${after}`)}
    ${summary(option)}
    ${travellers(booking) > 1 ? passengers(context, booking) : nothing}
  </section>`;
}

export function confirm(context, booking) {
  const { state, session } = context;
  const { option, total, deadlineAt } = booking.question;
  const busy = isBusy(state, booking.id, "confirm_purchase");
  const cheaper = cheaperThan(booking, option);
  return html`
    ${travellers(booking) > 1 ? passengers(context, booking) : nothing}
    <section class="card stack" aria-labelledby="confirm-heading">
    <div class="row apart"><h2 id="confirm-heading">Ready to buy</h2><p class="total">${money(total)}</p></div>
    ${summary(option)}
    ${cheaper
      ? html`<p class="small quiet">The cheapest option offered was ${money(cheaper.saves)} less${cheaper.option.verdict.compliant ? "" : ", but needed an approval"}.</p>`
      : nothing}
    ${deadline(context, deadlineAt, "The price stands until")}
    <div class="row">
      <button class="button main-action" type="button" ?disabled=${busy} @click=${() => session.confirm(booking, "yes")}>
        ${busy ? "One moment" : `Buy for ${format.money(total)}`}</button>
      <button class="button" type="button" ?disabled=${busy} @click=${() => session.confirm(booking, "no")}>Do not buy</button>
    </div>
  </section>`;
}

export function confirmCancellation(context, booking) {
  const { state, session } = context;
  const { legs, paid, refund, fee, deadlineAt } = booking.question;
  const busy = isBusy(state, booking.id, "confirm_cancellation");
  return html`<section class="card stack" aria-labelledby="cancel-heading">
    <div class="row apart"><h2 id="cancel-heading">What you get back</h2><p class="total">${money(refund)}</p></div>
    <p>Of the ${money(paid)} that were paid, the suppliers keep ${money(fee)}.</p>
    <ol class="booked">${legs.map((terms) => html`<li><div class="parts">${leg(terms.content)}</div>
      <p class="small quiet">${terms.reference}: ${money(terms.refund)} back of ${money(terms.paid)}</p></li>`)}</ol>
    ${deadline(context, deadlineAt, "These conditions hold until")}
    <div class="row">
      <button class="button danger" type="button" ?disabled=${busy} @click=${() => session.confirmCancellation(booking, "yes")}>
        ${busy ? "One moment" : "Cancel the trip"}</button>
      <button class="button" type="button" ?disabled=${busy} @click=${() => session.confirmCancellation(booking, "no")}>Keep it</button>
    </div>
  </section>`;
}

export function summary(option) {
  return html`<div class="summary">
    <div class="parts">${option.legs.map(({ content }) => html`<div>${leg(content)}</div>`)}</div>
    <div class="terms small quiet">${terms(option)}</div>
    ${rules(option)}
  </div>`;
}
