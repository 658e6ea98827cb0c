// Questions about the policy, answered with its clauses.

import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { emptyBooking } from "../bookings.js";
import * as format from "../format.js";
import { answer } from "./outcome.js";
import { empty, problem, reading, title } from "./parts.js";
import { href } from "../router.js";

const ABOUT = "policy";
const SHOWN = 8;

export const policy = {
  title: () => "Policy",
  enter({ session, state }) {
    questions(state).forEach((item) => session.follow(item.bookingId));
  },
  spoken: ({ state }) => questions(state).map((item) => state.bookings[item.bookingId]?.outcome?.text)[0] ?? "",
  view(context) {
    const { state, session } = context;
    const busy = Object.values(state.pending).some(({ about }) => about === ABOUT);
    return html`
      ${title("Ask the policy")}
      <form class="card composer" @submit=${(event) => ask(event, context)}>
        <label class="unseen" for="question">Your question about the travel policy</label>
        <textarea class="sentence" id="question" name="question" rows="1" required maxlength="2000" placeholder="May I fly business to Tokyo?" @keydown=${submitOnEnter}></textarea>
        <div class="row apart"><p class="small quiet">Answers quote the clauses they come from. Nothing is booked.</p>
          <button class="button main-action" ?disabled=${busy}>${busy ? "Asking" : "Ask"}</button></div>
      </form>
      ${problem(context, ABOUT)}
      ${reading(context, "list_bookings", { awaited: "Loading what you asked", again: session.refresh, shown: state.list.items && answers(context, busy) })}`;
  },
};

/** What the caller asked, newest first: bookings that ended in an answer, and the ones just begun here. */
function questions({ list, bookings }) {
  const asked = (item) => item.state === "answered" || bookings[item.bookingId]?.outcome?.kind === "answered";
  return (list.items ?? []).filter(asked).slice(0, SHOWN);
}

/** The latest question whole, those before it folded away: an answer that comes, however long, moves hardly anything. */
function answers(context, busy) {
  const { state } = context;
  const asked = questions(state);
  const open = Object.keys(state.asking).filter((id) => state.bookings[id]?.outcome?.kind !== "answered");
  const underWay = [...open.map((id) => waiting(state, id)), ...(busy ? [asking("Asking.")] : [])];
  if (asked.length === 0 && underWay.length === 0) {
    return empty("Nothing asked yet", "Cabins, caps, how early to book, who approves what: ask in your own words.");
  }
  const latest = underWay.length ? [] : asked.slice(0, 1);
  const before = asked.slice(latest.length);
  return html`${underWay}${listed(context, latest)}
    ${repeat(before.length ? [before[0].bookingId] : [], (id) => id, () => html`
      <details class="more"><summary>${format.plural(before.length, "question", "questions")} before</summary>${listed(context, before)}</details>`)}`;
}

function listed(context, items) {
  const { state, session } = context;
  if (items.length === 0) return nothing;
  return html`<ul class="stack">${repeat(items, (item) => item.bookingId, (item) => {
    const { outcome } = state.bookings[item.bookingId] ?? emptyBooking(item.bookingId);
    return html`<li class="stack tight"><h2 class="asked">${item.request ?? "A question whose words are no longer kept"}</h2>
      ${reading(context, item.bookingId, { awaited: "Loading the answer", again: () => session.lookAgain(item.bookingId), shown: outcome?.kind === "answered" ? answer(outcome) : null })}</li>`;
  })}</ul>`;
}

function waiting({ bookings }, id) {
  const booking = bookings[id] ?? emptyBooking(id);
  if (booking.outcome && booking.outcome.kind !== "answered") {
    return html`<div class="notice warn"><p>${booking.outcome.message}</p></div>`;
  }
  // It was a trip after all: its page can go on with it.
  if (booking.question) {
    return html`<div class="notice"><p>That is a trip rather than a question. <a href=${href("trip", id)}>Go on with it</a></p></div>`;
  }
  return asking(booking.steps.at(-1)?.message ?? "Asking.");
}

const asking = (words) => html`<div class="card working"><span class="dot connecting breathing" aria-hidden="true"></span><p>${words}</p></div>`;

function submitOnEnter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
}

function ask(event, { session, store }) {
  event.preventDefault();
  const form = event.target;
  const text = new FormData(form).get("question").trim();
  if (!text) return;
  session.request(text, null, ABOUT, (booking) => {
    store.update(({ asking }) => ({ asking: { ...asking, [booking]: true } }));
    form.reset();
  });
}
