// What travel managers look after: bookings that need a person, and budgets.

import { html, nothing } from "../../vendor/lit-html.js";
import * as format from "../format.js";
import { href } from "../router.js";
import { isBusy } from "../session.js";
import { money, nameOf, problem, reading, title } from "./parts.js";

const OWNERS = { travel_manager: "travel managers", administrator: "administrators" };
const ownerOf = ({ owner }) => OWNERS[owner] ?? owner;

export function attentionQueue(context) {
  const { state, session } = context;
  const shown = state.attention && queue(state, state.attention);
  return html`<section class="card" aria-labelledby="attention-heading"><h2 id="attention-heading">Needs attention</h2>
    ${reading(context, "list_attention", { awaited: "Loading what is open", again: () => session.readOffice(), shown })}
  </section>`;
}

function queue(state, items) {
  if (items.length === 0) return html`<p class="quiet">Nothing is open: every booking ended as it should, or has been settled.</p>`;
  return html`<ul class="list plain">${items.map((item) => html`<li><a class="item" href=${href("attention", item.bookingId)}>
    <span class="title">${item.reason}</span>
    <span class="badge ${item.reminders ? "bad" : "warn"}">${item.reminders ? "Overdue" : `Due ${format.until(item.dueAt, state.now)}`}</span>
    <span class="about">${nameOf(state, item.employeeId)}, open for ${format.age(item.since, state.now)}, seen to by ${ownerOf(item)}${item.reserved ? html`; ${money(item.reserved)} set aside` : nothing}</span>
  </a></li>`)}</ul>`;
}

export function budgets(context) {
  const { state, session } = context;
  const shown = state.budgets && limits(context, state.budgets);
  return html`<section class="card stack" aria-labelledby="budgets-heading"><h2 id="budgets-heading">Budgets</h2>
    ${reading(context, "list_budgets", { awaited: "Loading the budgets", again: () => session.readOffice(), shown })}
  </section>`;
}

function limits(context, items) {
  const busy = Object.values(context.state.pending).some(({ about }) => about === "budgets");
  return html`${problem(context, "budgets")}
    ${items.length ? budgetTable(items) : html`<p class="quiet">No cost centre has a limit yet: what is booked is not held back by any.</p>`}
    <details class="more"><summary>Set a limit</summary>
      <form class="fields" @submit=${(event) => setLimit(event, context)}>
        <datalist id="centres">${items.map((budget) => html`<option value=${budget.costCentre}></option>`)}</datalist>
        <div class="field"><label for="limit-centre">Cost centre</label>
          <input class="input" id="limit-centre" name="centre" list="centres" required maxlength="200" autocomplete="off"></div>
        <div class="field"><label for="limit-amount">Limit</label>
          <input class="input" id="limit-amount" name="amount" required inputmode="decimal" pattern="[0-9]+([.][0-9]{1,2})?" autocomplete="off"></div>
        <div class="field"><span class="label" aria-hidden="true">&nbsp;</span><button class="button" ?disabled=${busy}>${busy ? "Setting it" : "Set the limit"}</button></div>
      </form></details>`;
}

function budgetTable(items) {
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="budgets-heading"><table>
      <thead><tr><th scope="col">Cost centre</th><th scope="col" class="amount">Limit</th><th scope="col" class="amount">Spent</th>
        <th scope="col" class="amount">Set aside</th><th scope="col" class="amount">Left</th></tr></thead>
      <tbody>${items.map((budget) => html`<tr><th scope="row">${budget.costCentre}</th>
        <td class="amount">${budget.limit ? money(budget.limit) : "none"}</td><td class="amount">${money(budget.captured)}</td>
        <td class="amount">${money(budget.reserved)}</td><td class="amount">${budget.available ? money(budget.available) : "–"}</td></tr>`)}</tbody>
    </table></div>`;
}

function setLimit(event, { state, session }) {
  event.preventDefault();
  const data = new FormData(event.target);
  const centre = data.get("centre").trim();
  const budget = state.budgets.find((one) => one.costCentre === centre) ?? state.budgets[0];
  // All budgets are in the policy's currency.
  const { currency } = budget?.limit ?? budget?.captured ?? { currency: "EUR" };
  session.setBudget(centre, { amount: data.get("amount"), currency });
}

export const attention = {
  title: () => "Needs attention",
  enter: ({ session, route }) => session.showAttention(route.id),
  view(context) {
    const { state, route, session } = context;
    const detail = state.attentionDetail?.item.bookingId === route.id ? state.attentionDetail : null;
    return html`<p><a href=${href("overview")}>Overview</a></p>
      ${title(detail ? detail.item.reason : "Needs attention")}
      ${problem(context, route.id)}
      ${reading(context, "show_attention", { awaited: "Loading the evidence", again: () => session.showAttention(route.id), shown: detail && evidence(context, detail) })}`;
  },
};

function evidence(context, { item, legs }) {
  const { state } = context;
  const open = legs.filter((leg) => leg.open);
  const settled = item.resolved || !(state.attention ?? []).some((one) => one.bookingId === item.bookingId);
  return html`<div class="decide">
    <section class="card stack" aria-labelledby="evidence-heading"><h2 id="evidence-heading">What is known</h2>
      <dl class="facts">
        <dt>Seen to by</dt><dd>${ownerOf(item)}${item.resolved ? nothing : `, due ${format.until(item.dueAt, state.now)}`}</dd>
        <dt>${item.resolved ? "Was open for" : "Open for"}</dt><dd>${format.age(item.since, item.resolved ? new Date(item.resolved.at) : state.now)}, since <time datetime=${item.since}>${format.moment(item.since, state.now)}</time></dd>
      </dl>
      <p>${nameOf(state, item.employeeId)}, cost centre ${item.costCentre}${item.reserved ? html`; ${money(item.reserved)} set aside` : nothing}${item.captured ? html`; ${money(item.captured)} spent` : nothing}.</p>
      ${legs.map((leg) => html`<dl class="facts">
        <dt>Part ${leg.leg + 1}</dt><dd>${leg.supplier}, ${money(leg.total)} <span class="badge ${leg.open ? "warn" : ""}">${leg.state.replaceAll("_", " ")}</span></dd>
        <dt>Search the supplier for</dt><dd><code>${leg.idempotencyKey}</code></dd>
        ${leg.reference ? html`<dt>Reference</dt><dd>${leg.reference}</dd>` : nothing}
        ${leg.lastAnswer ? html`<dt>Last answer</dt><dd>${leg.lastAnswer}</dd>` : nothing}
      </dl>`)}
    </section>
    ${settled ? html`<p class="notice good" role="status">${item.resolved ? `${nameOf(state, item.resolved.by)} settled this ${format.ago(item.resolved.at, state.now)}.` : "This has been settled."}</p>` : resolution(context, item, open)}
  </div>`;
}

function resolution({ state, session }, item, open) {
  const busy = isBusy(state, item.bookingId, "resolve_attention");
  const submit = (event) => {
    event.preventDefault();
    const data = new FormData(event.target);
    const legs = open.map(({ leg, total }) => {
      const reference = data.get(`reference-${leg}`)?.trim();
      const charged = data.get(`charged-${leg}`)?.trim();
      return {
        leg,
        outcome: data.get(`outcome-${leg}`),
        ...(reference && { reference }),
        ...(charged && { charged: { amount: charged, currency: total.currency } }),
      };
    });
    session.resolveAttention(item.bookingId, legs, data.get("note").trim());
  };
  return html`<form class="card stack" @submit=${submit}><h2>What became of it</h2>
    ${open.map(({ leg, total }) => html`<fieldset class="passenger"><legend>Part ${leg + 1}, ${format.money(total)}</legend>
      <div class="row"><label class="choice"><input type="radio" name="outcome-${leg}" value="kept" required> It is booked</label>
        <label class="choice"><input type="radio" name="outcome-${leg}" value="undone"> It is not</label></div>
      <div class="field"><label for="reference-${leg}">The supplier’s reference</label><input class="input" id="reference-${leg}" name="reference-${leg}" maxlength="200" autocomplete="off"></div>
      <div class="field"><label for="charged-${leg}">Charged, in ${total.currency}</label><input class="input" id="charged-${leg}" name="charged-${leg}" inputmode="decimal" pattern="[0-9]+([.][0-9]{1,2})?" autocomplete="off"></div>
    </fieldset>`)}
    <div class="field"><label for="note">How you know</label><textarea class="input" id="note" name="note" required maxlength="2000"></textarea></div>
    <div class="row"><button class="button main-action" ?disabled=${busy}>${busy ? "Settling" : "Settle it"}</button></div>
  </form>`;
}
