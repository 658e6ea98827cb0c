// Events for developers: a booking's history with the way of each event, what the bus receives now, and replays.

import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import * as format from "../format.js";
import { filterOf } from "../pattern.js";
import { href } from "../router.js";
import { empty, isRead, problem, reading, title } from "./parts.js";

const BOOKING = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const events = {
  title: () => "Events",
  enter({ session, route }) {
    session.watch();
    if (route.id) session.showHistory(route.id);
  },
  leave: ({ session }) => session.unwatch(),
  view(context) {
    const { state, route } = context;
    const stands = !route.id || isRead(state, "show_history", historyOf(context));
    return html`${title("Events")}
      ${search(context)}
      ${route.id ? history(context) : nothing}
      ${stands ? html`${tail(context)}${replays(context)}` : nothing}`;
  },
};

function search({ route, router, session }) {
  const submit = (event) => {
    event.preventDefault();
    const id = new FormData(event.target).get("booking").trim();
    if (id === route.id) session.showHistory(id);
    else router.go("history", id);
  };
  return html`<form class="card row" @submit=${submit}>
    <div class="field grow"><label for="booking">Booking</label>
      <input class="input" id="booking" name="booking" required spellcheck="false" autocomplete="off" .value=${route.id ?? ""}
        pattern="[0-9a-f\\-]{36}" placeholder="Its id, as in its address"></div>
    <button class="button main-action bottom">Show its events</button></form>`;
}

function historyOf({ state, route }) {
  const { history: shown } = state.explorer;
  return shown?.bookingId === route.id ? shown.events : null;
}

function history(context) {
  const { route, session } = context;
  const known = historyOf(context);
  return html`<section class="card stack" aria-labelledby="history">
    <div class="row apart"><h2 id="history">History</h2>
      <button class="button" type="button" @click=${() => session.showHistory(route.id)}>Refresh</button></div>
    ${reading(context, "show_history", { awaited: "Loading the events", again: () => session.showHistory(route.id), shown: known && timeline(context, known) })}
  </section>`;
}

function timeline(context, known) {
  return html`<ol class="timeline">${repeat(known, (one) => one.sequence, (one) => entry(context, one, known))}</ol>
    <p class="small quiet">Below an event stands who made another event of it, and whether e-mails have had it. Not listed:
      others that a rule handed it to, as read models and webhooks, and how often a delivery that succeeded was tried. Of
      each dead-letter queue ten letters are looked at; tries are shown where a letter tells them.</p>`;
}

function entry(context, one, known) {
  const cause = known.find(({ sequence }) => sequence === one.causedBy);
  return html`<li class="event" id="event-${one.sequence}">
    <p class="row"><span class="place">${one.sequence}</span><strong>${one.name}</strong>${marks(one)}</p>
    <p class="small quiet">${one.source} · <time datetime=${one.at}>${precise(one.at)}</time>${cause
      ? html` · after ${cause.sequence} ${cause.name}`
      : nothing}</p>
    <p class="small quiet"><span class="unseen">Cause: </span><code>${one.cause}</code></p>
    ${one.deliveries.length
      ? html`<ul class="ways">${one.deliveries.map((way) => html`<li>${way.to}${led(way, known)}</li>`)}</ul>`
      : nothing}
    ${one.deadLetters.map((letter) => html`<p class="notice bad">Dead letter in ${letter.queue}${letter.attempts
      ? html` after ${format.plural(letter.attempts, "try", "tries")}`
      : nothing}: ${letter.why}</p>`)}
    ${payload(context, one)}
  </li>`;
}

function led(way, known) {
  const made = known.find(({ sequence }) => sequence === way.ledTo);
  return made ? html` made <a href=${href("events")} @click=${(event) => jump(event, made)}>${made.sequence} ${made.name}</a>` : " has had it";
}

/** Within the view: the address stays. */
function jump(event, { sequence }) {
  event.preventDefault();
  const target = document.getElementById(`event-${sequence}`);
  target.scrollIntoView({ block: "center" });
  target.querySelector("summary").focus({ preventScroll: true });
}

function marks(one) {
  const list = [];
  if (!one.receivedAt) list.push(["warn", "never reached the bus"]);
  if (one.timesSaid > 1) list.push(["ask", `said ${one.timesSaid} times`]);
  if (!one.audited) list.push(["warn", "not audited"]);
  if (one.deadLetters.length) list.push(["bad", format.plural(one.deadLetters.length, "dead letter", "dead letters")]);
  return list.map(([tone, words]) => html`<span class="badge ${tone}">${words}</span>`);
}

function payload({ state, session, route }, one) {
  const text = state.explorer.payloads[`${route.id}#${one.sequence}`];
  const open = (event) => event.target.open && !text && session.showPayload(route.id, one.sequence);
  return html`<details class="more" @toggle=${open}><summary>Payload<span class="unseen"> of ${one.sequence} ${one.name}</span></summary>
    ${text ? html`<pre class="payload" tabindex="0" role="region" aria-label="Payload of ${one.name}">${text}</pre>` : html`<p class="small quiet">${state.problems.show_event?.message ?? "Loading"}</p>`}
  </details>`;
}

function tail(context) {
  const { state, session } = context;
  const { tail: received, filter, paused } = state.explorer;
  const { problem: wrong, selects } = filterOf(filter);
  const shown = (received ?? []).filter(({ event, aggregateId }) => selects({ ...event, aggregateId })).reverse();
  return html`<section class="card stack" aria-labelledby="live">
    <div class="row apart"><h2 id="live">On the bus now</h2>
      <button class="button" type="button" aria-pressed=${paused ? "true" : "false"} @click=${() => session.pause(!paused)}>${paused ? "Go on" : "Pause"}</button></div>
    <div class="field"><label for="filter">Only</label>
      <input class="input" id="filter" spellcheck="false" autocomplete="off" .value=${filter} aria-describedby="filter-hint"
        placeholder='{"detail-type": [{"prefix": "Booking"}]}' @input=${(event) => session.filterEvents(event.target.value)}>
      <p class="hint" id="filter-hint">${wrong ?? "Words, or an EventBridge pattern."}</p></div>
    ${reading(context, "tail_events", { again: session.listen, shown: shown.length
      ? html`<ol class="tail">${repeat(shown, ({ key }) => key, (one) => line(one))}</ol>`
      : html`<p class="tail quiet">${received ? "Nothing of the last quarter of an hour." : "Listening."}</p>` })}
  </section>`;
}

function line({ aggregateId, sequence, name, receivedAt }) {
  const about = BOOKING.test(aggregateId)
    ? html`<a href=${href("history", aggregateId)} aria-label="History of booking ${aggregateId}">${aggregateId.slice(0, 8)}</a>`
    : aggregateId;
  return html`<li><time datetime=${receivedAt}>${precise(receivedAt)}</time><strong>${name}</strong><span class="small quiet">${about} · ${sequence}</span></li>`;
}

function replays(context) {
  const { state, session } = context;
  const { replays: known } = state.explorer;
  const busy = Object.values(state.pending).some(({ about }) => about === "replay");
  return html`<section class="card stack" aria-labelledby="replays"><h2 id="replays">Replays</h2>
    <form class="row" @submit=${(event) => start(event, context)}>
      <div class="field"><label for="from">From (UTC)</label><input class="input" type="datetime-local" id="from" name="from" required step="60" .defaultValue=${minute(-86_400_000)}></div>
      <div class="field"><label for="to">To (UTC)</label><input class="input" type="datetime-local" id="to" name="to" required step="60" .defaultValue=${minute(0)}></div>
      <button class="button bottom" ?disabled=${busy}>${busy ? "Starting" : "Replay to Insights"}</button></form>
    <p class="small quiet">From the archive, to the rules of the one read model that welcomes replays. Nothing is booked, paid or sent.</p>
    ${problem(context, "replay")}
    ${reading(context, "list_replays", { again: session.listReplays, shown: known?.length
      ? html`<ul class="stack tight">${known.map(replay)}</ul>`
      : empty("No replays yet", "What was said can be said again to whoever builds something from it.") })}
  </section>`;
}

const STATES = { COMPLETED: "good", FAILED: "bad", CANCELLED: "", RUNNING: "wait", STARTING: "wait" };

function replay(one) {
  const [from, to, reached] = [one.from, one.to, one.reached ?? one.from].map(Date.parse);
  const part = one.state === "COMPLETED" ? 1 : Math.min(1, Math.max(0, (reached - from) / (to - from)));
  return html`<li class="replay"><p class="row apart"><strong>${one.name}</strong><span class="badge ${STATES[one.state] ?? "wait"}">${one.state.toLowerCase()}</span></p>
    <p class="small quiet">${precise(one.from)} to ${precise(one.to)}${one.reason ? html`: ${one.reason}` : nothing}</p>
    <progress max="1" value=${part} aria-label="Progress of ${one.name}"></progress></li>`;
}

function start(event, { session }) {
  event.preventDefault();
  const form = new FormData(event.target);
  const at = (name) => new Date(`${form.get(name)}Z`).toISOString();
  session.startReplay(at("from"), at("to"));
}

/** Whole minutes, for the fields of a form. */
const minute = (away) => new Date(Date.now() + away).toISOString().slice(0, 16);

const precise = (instant) => instant.replace("T", " ").replace(/(\.\d{3})\d*Z$/, "$1Z");
