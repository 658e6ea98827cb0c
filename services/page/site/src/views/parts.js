// Small pieces that several views are made of. Everything shown goes through lit-html's text bindings: no data is ever
// read as markup.

import { html, nothing, svg } from "../../vendor/lit-html.js";
import * as format from "../format.js";

const PATHS = {
  plus: svg`<path d="M12 5v14M5 12h14"/>`,
  trips: svg`<path d="M4 8h16v11H4zM9 8V5h6v3M4 13h16"/>`,
  inbox: svg`<path d="M4 13l3-8h10l3 8v6H4zM4 13h5l1.500 2.500h3L15 13h5"/>`,
  policy: svg`<path d="M6 3h9l4 4v14H6zM9 12h7M9 16h5M14 3v5h5"/>`,
  policies: svg`<path d="M8 7V3h8l4 4v10h-4M4 7h8l4 4v10H4zM12 7v4h4M7.500 14.500h5M7.500 17.500h5M16 3v4h4"/>`,
  chart: svg`<path d="M4 20h16M7 16v-5M12 16V6M17 16v-8"/>`,
  plane: svg`<path d="M3 15l7-3V6.500a2 2 0 0 1 4 0V12l7 3v2l-7-1.500V19l2.500 1.500V22L12 21l-4.500 1v-1.500L10 19v-3.500L3 17z"/>`,
  bed: svg`<path d="M3 18V7M3 15h18v3M21 15v-2a3 3 0 0 0-3-3h-7v5M7 12.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3z"/>`,
  check: svg`<path d="M5 12.500l4.500 4.500L19 7.500"/>`,
  calendar: svg`<path d="M5 6h14v14H5zM5 10.500h14M9 3.500V7M15 3.500V7"/>`,
  person: svg`<path d="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c1-4 4-5.500 7.500-5.500s6.500 1.500 7.500 5.500"/>`,
  pulse: svg`<path d="M3 12.500h4l3-7.500 4 14 3-6.500h4"/>`,
  people: svg`<path d="M9 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 19.500c.8-3.500 3.300-5 6.500-5s5.700 1.500 6.500 5M16 5a3.200 3.200 0 0 1 0 6.200M18 14.800c1.800.7 3 2.200 3.500 4.700"/>`,
};

export const icon = (name) => html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7"
  stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" width="20" height="20">${PATHS[name]}</svg>`;

export const logo = html`<svg viewBox="0 0 32 32" aria-hidden="true" width="28" height="28">
  <rect width="32" height="32" rx="9" fill="#17594a"/>
  <path d="M7 20.500c5.500 0 5-9 9-9s3.500 9 9 9" fill="none" stroke="#f7f3ea" stroke-width="2.600" stroke-linecap="round"/>
  <circle cx="7" cy="20.500" r="2.200" fill="#f7f3ea"/><circle cx="25" cy="20.500" r="2.200" fill="#f2b872"/></svg>`;

export function stateBadge(name, isCancellation) {
  const [words, tone] = format.state(name, isCancellation);
  return html`<span class="badge ${tone}">${words}</span>`;
}

/** A refusal where it belongs, with what to do; it can be put away. */
export function problem({ state, session }, about) {
  const found = state.problems[about];
  if (!found) return nothing;
  return html`<div class="notice bad appear" role="alert">
    <p>${found.message}</p>
    <div class="row"><button class="button" type="button" @click=${() => session.dismiss(about)}>Dismiss</button></div>
  </div>`;
}

/** The place of what is read from the server: what came; that it is awaited; or why it did not come, and a way to ask again. */
export function reading({ state }, about, { awaited, again, shown }) {
  const found = state.problems[about];
  if (!found) return shown ?? html`<div class="skeleton tall" aria-busy="true">${awaited}</div>`;
  return html`<div class="notice bad appear" role="alert">
    <p>${found.message}</p>
    <div class="row"><button class="button" type="button" @click=${again}>Try again</button></div>
  </div>${shown ?? nothing}`;
}

/** Whether what is read is there, or will not come. What stands below it waits for that, or it would be pushed away. */
export const isRead = ({ problems }, about, value) => Boolean(value || problems[about]);

/** By when, for whoever looks, and how long that is. */
export function deadline({ state }, at, words) {
  return html`<p class="small quiet">${words} <time datetime=${at}>${format.moment(at, state.now)}</time>
    (${format.until(at, state.now)}).</p>`;
}

export const nameOf = (state, id) => state.names[id] ?? id;

/** The first heading of every view: it takes the focus when the view changes. */
export const title = (words) => html`<h1 id="title" tabindex="-1">${words}</h1>`;

export const money = (amount, options) => html`<span class="money">${format.money(amount, options)}</span>`;

export function empty(heading, words, action = nothing) {
  return html`<div class="empty"><h2>${heading}</h2><p>${words}</p>${action}</div>`;
}

export function clause(id, section, quote) {
  return html`<blockquote class="clause"><span class="where">Clause ${id}${section ? ` · ${section}` : ""}</span>${quote}</blockquote>`;
}
