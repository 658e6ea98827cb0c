// The options of a trip side by side: the same facts of each in the same place, so that the eye can go across.

import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { travellers } from "../bookings.js";
import * as format from "../format.js";
import { isBusy } from "../session.js";
import { stay, totalMinutes, way, ways } from "./legs.js";
import { clause, deadline, icon, money } from "./parts.js";
import { passengers } from "./passengers.js";

export function choose(context, booking) {
  const { options, deadlineAt } = booking.question;
  if (options.length === 0) {
    return html`<div class="notice warn"><p>The options of this round are no longer kept. Cancel the trip and ask for it again.</p></div>`;
  }
  const facts = compare(options);
  return html`
    <section class="stack" aria-labelledby="options-heading">
      <div class="row apart">
        <h2 id="options-heading">${format.plural(options.length, "option", "options")} to compare</h2>
        ${deadline(context, deadlineAt, "Kept until")}
      </div>
      <ul class="options">${repeat(options, (option) => option.id, (option) => html`<li>${card(context, booking, option, facts)}</li>`)}</ul>
    </section>
    ${travellers(booking) > 1 ? passengers(context, booking) : nothing}`;
}

/** What is best of all: said on the option that has it. */
export function compare(options) {
  const currency = options[0].total.currency;
  const comparable = options.filter((option) => option.total.currency === currency);
  const cheapest = comparable.reduce((best, option) => (Number(option.total.amount) < Number(best.total.amount) ? option : best));
  const time = (option) => option.legs.flatMap(({ content }) => ways(content)).reduce((sum, [, segments]) => sum + totalMinutes(segments), 0);
  const times = options.map(time).filter((minutes) => minutes > 0);
  const shortest = Math.min(...times);
  const differ = new Set(times).size > 1;
  return { cheapest, isFastest: (option) => differ && time(option) === shortest };
}

function card({ state, session }, booking, option, { cheapest, isFastest }) {
  const busy = isBusy(state, booking.id, "select_option");
  const more = option === cheapest ? null : format.difference(option.total, cheapest.total);
  const flight = option.legs.find(({ content }) => content.kind === "flight");
  const hotel = option.legs.find(({ content }) => content.kind === "stay");
  const [outbound, back] = flight ? ways(flight.content) : [];
  return html`<article class="option ${option.verdict.compliant ? "within" : "beyond"}" aria-labelledby="total-${option.id}">
    <header class="head">
      <h3 class="total" id="total-${option.id}">${money(option.total)}</h3>
      <p class="small quiet">${more ? html`${money(more)} more than the cheapest` : "The cheapest of these"}${isFastest(option) ? " · the shortest journey" : ""}</p>
    </header>
    <div class="part verdict">${verdict(option)}</div>
    <div class="part">${outbound ? way(outbound) : nothing}</div>
    <div class="part">${back ? way(back) : nothing}</div>
    <div class="part">${hotel ? stay(hotel.content) : nothing}</div>
    <div class="part terms small quiet">${terms(option)}</div>
    <div class="part">${rulesInDialog(option)}</div>
    <footer class="part foot">
      <button class="button ${option.verdict.compliant ? "main-action" : ""}" type="button" ?disabled=${busy}
        @click=${() => session.choose(booking, option)}>${busy ? "Taking it" : "Choose"}<span class="unseen"> the option for ${format.money(option.total)}</span></button>
    </footer>
  </article>`;
}

export function verdict({ verdict: judged, reason }) {
  const words = judged.compliant ? "Within policy" : "Needs approval";
  return html`<span class="badge ${judged.compliant ? "good" : "warn"}">${judged.compliant ? icon("check") : nothing}${words}</span>
    <p class="small">${reason}</p>`;
}

/** Cabin, refunds, taxes: what differs in the small print. */
export function terms(option) {
  const flight = option.legs.find(({ content }) => content.kind === "flight");
  const refund = option.legs.map((leg) => {
    const what = leg.content.kind === "flight" ? "flight" : "stay";
    return leg.refundable ? `${what} refundable` : `${what} not refundable`;
  });
  const words = [flight ? format.cabin(flight.content.cabin) : null, ...refund].filter(Boolean).join(" · ");
  return html`<p>${words}</p><p>${money(option.taxes)} of it taxes</p>`;
}

const VERDICTS = {
  within: ["Within", "good"],
  exceeded: ["Exceeded", "warn"],
  forbidden: ["Not allowed", "bad"],
};

/** Every rule that speaks about the option, with the clause's own words, to unfold. */
export function rules(option) {
  const traces = speaking(option);
  if (traces.length === 0) return SILENT;
  return html`<details class="rules"><summary>${checked(traces)}</summary>${judgements(traces)}</details>`;
}

/** The same over the page: unfolded within a card it would tear all others apart. */
function rulesInDialog(option) {
  const traces = speaking(option);
  if (traces.length === 0) return SILENT;
  const open = (event) => event.currentTarget.nextElementSibling.showModal();
  const close = (event) => event.currentTarget.closest("dialog").close();
  return html`<button class="link" type="button" aria-haspopup="dialog" @click=${open}>${checked(traces)}</button>
    <dialog class="dialog" aria-label="How the policy judges the option for ${format.money(option.total)}">
      <div class="row apart"><h2>How the policy judges ${format.money(option.total)}</h2>
        <button class="button" type="button" @click=${close}>Close</button></div>
      <div class="rules">${judgements(traces)}</div>
    </dialog>`;
}

const SILENT = html`<p class="small quiet">No rule of the policy speaks about this option.</p>`;

/** What is exceeded first. */
function speaking(option) {
  const traces = option.verdict.traces.filter((trace) => trace.verdict !== "not_applicable");
  const within = (trace) => trace.verdict === "within";
  return [...traces.filter((trace) => !within(trace)), ...traces.filter(within)];
}

const checked = (traces) => `${format.plural(traces.length, "policy rule", "policy rules")} checked`;

function judgements(traces) {
  return html`<ul>${traces.map((trace) => {
    const [words, tone] = VERDICTS[trace.verdict];
    return html`<li>
      <p class="row apart"><span class="badge ${tone}">${words}</span><span class="small quiet">${trace.observed} (limit: ${trace.limit})</span></p>
      ${clause(trace.clause, null, trace.quote)}
    </li>`;
  })}</ul>`;
}

/** The cheapest option that was offered, where it is not the one taken: `{option, saves}`, else null. */
export function cheaperThan(booking, option) {
  const others = (booking.options ?? []).filter((other) => other.id !== option.id && other.total.currency === option.total.currency);
  const cheaper = others.filter((other) => Number(other.total.amount) < Number(option.total.amount));
  if (cheaper.length === 0) return null;
  const best = cheaper.reduce((one, other) => (Number(other.total.amount) < Number(one.total.amount) ? other : one));
  return { option: best, saves: format.difference(option.total, best.total) };
}
