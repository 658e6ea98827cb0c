// Questions about the policy, answered with its clauses.

import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { emptyBooking } from "../bookings.js";
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
    const { state } = context;
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
      ${answers(context)}`;
  },
};

/** What the caller asked, newest first: bookings that ended in an answer, and the ones just begun here. */
function questions({ list, bookings }) {
  const asked = (item) => item.state === "answered" || bookings[item.bookingId]?.outcome?.kind === "answered";
  return (list.items ?? []).filter(asked).slice(0, SHOWN);
}

function answers(context) {
  const { state, session } = context;
  const asked = questions(state);
  const open = Object.keys(state.asking).filter((id) => !asked.some((item) => item.bookingId === id));
  if (asked.length === 0 && open.length === 0) {
    return empty("Nothing asked yet", "Cabins, caps, how early to book, who approves what: ask in your own words.");
  }
  return html`
    ${open.map((id) => waiting(state, id))}
    <ul class="stack">${repeat(asked, (item) => item.bookingId, (item) => {
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
  return booking.outcome ? nothing : html`<div class="card working"><span class="dot connecting breathing" aria-hidden="true"></span><p>${booking.steps.at(-1)?.message ?? "Asking."}</p></div>`;
}

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
