// An approver's inbox, and one trip as its approver sees it.

import { html, nothing } from "../../vendor/lit-html.js";
import { emptyBooking } from "../bookings.js";
import * as format from "../format.js";
import { href } from "../router.js";
import { isBusy } from "../session.js";
import { deadline, empty, money, nameOf, problem, reading, title } from "./parts.js";
import { summary } from "./questions.js";

export const approvals = {
  title: () => "Approvals",
  enter: ({ session }) => session.refresh(),
  spoken: ({ state }) => `${format.plural((state.approvals ?? []).filter((item) => item.open).length, "approval", "approvals")} waiting`,
  view(context) {
    const { state, session } = context;
    const shown = state.approvals && inbox(state, state.approvals);
    return html`${title("Approvals")}
      ${reading(context, "list_approvals", { awaited: "Loading what waits for you", again: session.refresh, shown })}`;
  },
};

function inbox(state, items) {
  const [open, settled] = [items.filter((item) => item.open), items.filter((item) => !item.open)];
  return html`
    ${open.length
      ? html`<ul class="list">${open.map((item) => entry(state, item))}</ul>`
      : empty("Nothing waits for you", "Trips that need your approval appear here the moment they are asked for.")}
    ${settled.length
      ? html`<section class="stack" aria-labelledby="settled"><h2 id="settled">Settled in the last days</h2>
          <ul class="list">${settled.map((item) => entry(state, item))}</ul></section>`
      : nothing}`;
}

function entry(state, item) {
  const [words, tone] = item.open
    ? [format.until(item.deadlineAt, state.now), "ask"]
    : item.granted === null || item.granted === undefined
      ? ["Not decided", "quiet"]
      : item.granted ? ["Approved", "good"] : ["Declined", "bad"];
  return html`<li><a class="item" href=${href("approval", item.bookingId)}>
    <span class="title">${nameOf(state, item.employeeId)}${item.total ? html`, ${money(item.total)}` : nothing}</span>
    <span class="badge ${tone}">${words}</span>
    <span class="about">${item.reasons.map((reason) => reason.reason).join("; ")}</span>
  </a></li>`;
}

export const approval = {
  title: () => "Approval",
  enter: ({ session, route }) => session.follow(route.id),
  spoken: ({ state, route }) => state.bookings[route.id]?.steps.at(-1)?.message ?? "",
  view(context) {
    const { state, route, session } = context;
    const booking = state.bookings[route.id] ?? emptyBooking(route.id);
    const asked = booking.approval;
    if (!asked) {
      return html`<p><a href=${href("approvals")}>All approvals</a></p>${title("Approval")}
        ${reading(context, route.id, { awaited: "Loading the trip", again: () => session.lookAgain(route.id) })}`;
    }
    return html`
      <p><a href=${href("approvals")}>All approvals</a></p>
      ${title(`${nameOf(state, asked.employeeId)} asks for ${format.money(asked.total)}`)}
      ${problem(context, booking.id)}
      <div class="decide">
        <section class="card stack" aria-labelledby="why-heading">
          <h2 id="why-heading">Why you are asked</h2>
          <ul class="reasons strong">${asked.reasons.map((reason) => html`<li>${reason.reason} <span class="quiet">(clause ${reason.clause})</span></li>`)}</ul>
          ${summary(asked.option)}
        </section>
        ${answer(context, booking, asked)}
      </div>`;
  },
};

function answer(context, booking, asked) {
  const { state, session } = context;
  if (booking.question?.kind !== "approve") return settled(state, booking, asked);
  // The traveller sees the same question, but it is not theirs to answer.
  if (asked.employeeId === state.me?.employeeId) return html`<p class="notice">You asked for this yourself; ${nameOf(state, asked.approver)} decides.</p>`;
  const busy = isBusy(state, booking.id, "decide_approval");
  const submit = (event) => {
    event.preventDefault();
    const comment = new FormData(event.target).get("comment").trim();
    session.approve(booking, event.submitter?.value ?? "yes", comment);
  };
  const after = asked.silence === "approves" ? "Without your answer it counts as approved" : "Without your answer the trip ends";
  return html`<form class="card stack" @submit=${submit}>
    <h2>Your decision</h2>
    ${deadline(context, asked.deadlineAt, after)}
    <div class="field"><label for="comment">A comment, if you like</label>
      <textarea class="input" id="comment" name="comment" maxlength="2000"></textarea>
      <p class="hint">${nameOf(state, asked.employeeId)} can read it.</p></div>
    <div class="row">
      <button class="button main-action" value="yes" ?disabled=${busy}>Approve</button>
      <button class="button danger" value="no" ?disabled=${busy}>Decline</button>
    </div>
  </form>`;
}

function settled(state, booking, asked) {
  if (asked.voided) return html`<div class="notice warn" role="status"><p>${asked.voided}</p></div>`;
  if (asked.granted !== null) {
    const place = asked.onBehalfOf ? `, for ${nameOf(state, asked.onBehalfOf)}` : "";
    const words = asked.bySilence ? ", since nobody answered in time" : ` by ${nameOf(state, asked.by)}${place}`;
    return html`<div class="notice ${asked.granted ? "good" : "bad"}" role="status">
      <p><strong>${asked.granted ? "Approved" : "Declined"}</strong>${words}.</p></div>`;
  }
  return html`<div class="notice" role="status"><p>${booking.outcome?.message ?? "This has been settled."}</p></div>`;
}
