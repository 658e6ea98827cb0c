// One sentence becomes a trip; what the sentence leaves open can be set beside it.

import { html, nothing } from "../../vendor/lit-html.js";
import { href } from "../router.js";
import { bookingItem } from "./trips.js";
import { problem, title } from "./parts.js";

const ABOUT = "new";

export const newTrip = {
  title: () => "New trip",
  enter: ({ session }) => session.refresh(),
  view(context) {
    const { state } = context;
    const busy = Object.values(state.pending).some(({ about }) => about === ABOUT);
    return html`
      <section class="asking stack">
        ${title("Where do you need to be?")}
        <form class="card composer" @submit=${(event) => submit(event, context)}>
          <label class="unseen" for="request">Your trip in a sentence</label>
          <textarea id="request" name="text" class="sentence" rows="2" required maxlength="2000" autocomplete="off"
            placeholder="Berlin to Lisbon, 3 to 5 December, hotel under 150 a night"
            aria-describedby="request-hint" @keydown=${submitOnEnter}></textarea>
          ${details()}
          <div class="row apart">
            <p class="small quiet" id="request-hint">Cities, dates, who travels, limits: as you would tell a colleague.</p>
            <button class="button main-action" ?disabled=${busy}>${busy ? "Sending" : "Find options"}</button>
          </div>
        </form>
        ${problem(context, ABOUT)}
        <div class="examples"><h2 class="small quiet">For example</h2>
          <ul>${examples(state.now).map((text) => html`<li><button type="button" class="chip" @click=${() => fill(text)}>${text}</button></li>`)}</ul>
        </div>
      </section>
      ${recent(state)}`;
  },
};

function recent(state) {
  const items = (state.list.items ?? []).filter((item) => item.state !== "answered").slice(0, 4);
  if (items.length === 0) return nothing;
  return html`<section class="stack" aria-labelledby="recent">
    <div class="row apart"><h2 id="recent">Your latest trips</h2><a href=${href("trips")}>All trips</a></div>
    <ul class="list">${items.map((item) => bookingItem(item, state))}</ul>
  </section>`;
}

function details() {
  return html`<details class="more">
    <summary>Set details</summary>
    <div class="fields">
      <div class="field"><label for="departOn">Leaving on</label><input class="input" type="date" id="departOn" name="departOn"></div>
      <div class="field"><label for="returnOn">Coming back on</label><input class="input" type="date" id="returnOn" name="returnOn"></div>
      <div class="field"><label for="travellers">Travellers</label><input class="input" type="number" inputmode="numeric" id="travellers" name="travellers" min="1" max="9" placeholder="1"></div>
      <div class="field"><label for="cabin">Cabin</label><select class="input" id="cabin" name="cabin">
        <option value="">As the policy allows</option><option value="economy">Economy</option>
        <option value="premium_economy">Premium economy</option><option value="business">Business</option><option value="first">First</option>
      </select></div>
    </div>
    <p class="small quiet">What you set here wins over the sentence.</p>
  </details>`;
}

/** Dates a few weeks ahead, whenever this is read. */
function examples(now) {
  const date = (days) => new Date(now + days * 86_400_000);
  const words = (first, last) => {
    const month = new Intl.DateTimeFormat("en-GB", { month: "long" });
    const same = first.getMonth() === last.getMonth();
    return same
      ? `${first.getDate()}-${last.getDate()} ${month.format(last)}`
      : `${first.getDate()} ${month.format(first)} - ${last.getDate()} ${month.format(last)}`;
  };
  return [
    `Berlin to Lisbon ${words(date(21), date(23))}, hotel under 150 a night`,
    `Munich to Vienna ${words(date(30), date(32))} for 3`,
    "May I fly business to Tokyo?",
  ];
}

function fill(text) {
  const field = document.getElementById("request");
  field.value = text;
  field.focus();
}

/** Enter sends, Shift and Enter makes a line. */
function submitOnEnter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
}

function submit(event, { session, router }) {
  event.preventDefault();
  const data = new FormData(event.target);
  const text = data.get("text").trim();
  if (!text) return;
  const set = {};
  for (const name of ["departOn", "returnOn", "cabin"]) if (data.get(name)) set[name] = data.get(name);
  if (data.get("travellers")) set.travellers = Number(data.get("travellers"));
  session.request(text, Object.keys(set).length ? set : null, ABOUT, (booking) => router.go("trip", booking));
}
