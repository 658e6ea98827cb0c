// The travel manager's view: what was spent, how well the policy held, who is where.

import { html, nothing, svg } from "../../vendor/lit-html.js";
import * as format from "../format.js";
import { attentionQueue, budgets } from "./office.js";
import { empty, isRead, money, nameOf, reading, title } from "./parts.js";

export const overview = {
  title: () => "Overview",
  enter: ({ session }) => session.readOffice(),
  view(context) {
    const { state, session } = context;
    const { insights } = state;
    const heading = html`<div class="row apart">${title("Overview")}
      <button class="button" type="button" @click=${() => session.readOffice()}>Refresh</button></div>`;
    const read = reading(context, "read_insights", { awaited: "Loading the figures", again: () => session.readOffice(), shown: insights && nothing });
    if (!stands(state)) return html`${heading}<div class="skeleton tall" aria-busy="true">Loading the figures</div>`;
    if (!insights) return html`${heading}${read}${attentionQueue(context)}${budgets(context)}`;
    if (insights.confirmed === 0 && insights.whereabouts.length === 0) {
      return html`${heading}${read}${attentionQueue(context)}${budgets(context)}
        ${empty("No trips booked yet", "Spend, compliance and savings appear here with the first confirmed trip.")}`;
    }
    return html`${heading}${read}
      <dl class="figures">${figures(insights)}</dl>
      <div class="halves">
        <section class="card" aria-labelledby="by-month"><h2 id="by-month">Spend by month</h2>${bars(Object.entries(insights.byMonth), format.month)}</section>
        <section class="card" aria-labelledby="by-centre"><h2 id="by-centre">Spend by cost centre</h2>${bars(Object.entries(insights.spend), (name) => name)}</section>
      </div>
      ${attentionQueue(context)}
      ${whereabouts(state, insights.whereabouts)}
      ${budgets(context)}
      <section class="card" aria-labelledby="endings"><h2 id="endings">How requests ended</h2>${endings(insights.outcomes)}</section>`;
  },
};

/** Everything at once: each part would push those below it. */
function stands(state) {
  const { insights, attention, budgets: limits } = state;
  const parts = { read_insights: insights, list_attention: attention, list_budgets: limits };
  return Object.entries(parts).every(([about, value]) => isRead(state, about, value));
}

const totals = (byKey) => {
  const sums = {};
  for (const amounts of Object.values(byKey)) {
    for (const [currency, { amount }] of Object.entries(amounts)) sums[currency] = (sums[currency] ?? 0) + Number(amount);
  }
  return Object.entries(sums).map(([currency, amount]) => ({ amount: amount.toFixed(2), currency }));
};

const several = (amounts) => (amounts.length ? amounts.map((amount, index) => html`${index ? " + " : nothing}${money(amount)}`) : "0");

function figures(insights) {
  const share = insights.confirmed ? Math.round((100 * insights.compliant) / insights.confirmed) : null;
  const missed = Object.values(insights.aboveLowest);
  return [
    ["Spent", several(totals(insights.spend)), spentOn(insights)],
    ["Within policy", share === null ? "–" : `${share} %`, `${insights.compliant} of ${format.plural(insights.confirmed, "trip", "trips")} without an exception`],
    ["Savings missed", several(missed), "Paid above the lowest option that was offered"],
    ["Taxes", several(Object.values(insights.taxes)), "Part of what was spent"],
  ].map(([name, value, about]) => html`<div class="card figure"><dt>${name}</dt><dd class="value">${value}</dd><dd class="small quiet">${about}</dd></div>`);
}

/** A trip that was cancelled was bought all the same; what came back of it is not spent. */
function spentOn({ confirmed, refunded }) {
  const back = Object.values(refunded);
  const bought = `${format.plural(confirmed, "trip", "trips")} bought, taxes included`;
  return back.length ? html`${bought}; less ${several(back)} that came back` : bought;
}

/** A bar for each entry, on one scale per currency; the figures beside them say the same in words. */
function bars(entries, label) {
  const rows = entries.flatMap(([key, amounts]) => Object.values(amounts).map((amount) => ({ key, amount })));
  if (rows.length === 0) return html`<p class="quiet">Nothing yet.</p>`;
  const most = {};
  rows.forEach(({ amount }) => (most[amount.currency] = Math.max(most[amount.currency] ?? 0, Number(amount.amount))));
  return html`<ul class="bars">${rows.map(({ key, amount }) => {
    const share = most[amount.currency] ? (100 * Math.max(0, Number(amount.amount))) / most[amount.currency] : 0;
    return html`<li><span class="key">${label(key)}</span>
      <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">${svg`<rect width="100" height="8" rx="0" class="track"/><rect width=${share} height="8" class="fill"/>`}</svg>
      <span class="money">${format.money(amount)}</span></li>`;
  })}</ul>`;
}

function whereabouts(state, places) {
  const today = new Date(state.now).toISOString().slice(0, 10);
  const row = (place) => html`<tr><th scope="row">${nameOf(state, place.employeeId)}</th><td>${place.city}, ${format.country(place.country)}</td>
    <td>${format.day(place.from)}${place.until === place.from ? nothing : html` to ${format.day(place.until)}`}</td>
    <td>${place.from <= today ? html`<span class="badge wait">There now</span>` : html`<span class="badge">Coming</span>`}</td></tr>`;
  return html`<section class="card" aria-labelledby="where"><h2 id="where">Who is where</h2>
    ${places.length
      ? html`<div class="scroll" tabindex="0" role="group" aria-labelledby="where"><table><thead><tr><th scope="col">Traveller</th><th scope="col">Place</th><th scope="col">When</th><th scope="col"><span class="unseen">Status</span></th></tr></thead>
          <tbody>${places.map(row)}</tbody></table></div>`
      : html`<p class="quiet">Nobody is away, and no trip is coming.</p>`}
  </section>`;
}

const ENDINGS = {
  confirmed: "Confirmed", cancelled: "Cancelled", expired: "Expired", needs_attention: "Needed attention", answered: "Policy questions answered",
  kept: "Cancellations that came to nothing",
};

function endings(outcomes) {
  const words = (name) => ENDINGS[name] ?? name.replace(/^failed:(.*)/, (_, code) => `Not booked: ${code.toLowerCase().replaceAll("_", " ")}`);
  const entries = Object.entries(outcomes).sort(([, one], [, other]) => other - one);
  return html`<ul class="endings">${entries.map(([name, count]) => html`<li><span>${words(name)}</span><span class="num">${count}</span></li>`)}</ul>`;
}
