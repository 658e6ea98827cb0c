// Draws the page for a state and a route, moves the focus when the view changes, and tells screen readers what is new.

import { html, render } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { shell } from "./shell.js";
import { signIn } from "./sign_in.js";
import { newTrip } from "./new_trip.js";
import { trips } from "./trips.js";
import { trip } from "./trip.js";
import { approvals, approval } from "./approvals.js";
import { policy } from "./policy.js";
import { overview } from "./overview.js";
import { attention } from "./office.js";
import { events } from "./events.js";
import { policies, version } from "./policies.js";
import { people } from "./people.js";
import { person } from "./person.js";

/** `view(context)` gives a template; `title(context)` the window's title; `enter(context)` is called on arrival, `leave(context)` on going. */
const VIEWS = {
  new: newTrip,
  trips,
  trip,
  approvals,
  approval,
  policy,
  overview,
  attention,
  policies,
  version,
  events,
  // The same view, with one booking's history in it.
  history: events,
  people,
  person,
};

const TICK_MS = 20_000;

export function mount({ root, status, store, router, session }) {
  let route = router.current();
  let scheduled = false;
  let announced = "";

  const context = () => ({ state: store.get(), route, store, router, session });

  function draw() {
    scheduled = false;
    const now = context();
    const { state } = now;
    const view = VIEWS[route.name];
    document.title = state.signedIn ? windowTitle(now, view) : "Sojourn: sign in";
    const key = `${route.name}/${route.id ?? ""}`;
    const body = state.signedIn
      ? shell(now, html`${repeat([key], (each) => each, () => html`<div class="view">${view.view(now)}</div>`)}`)
      : signIn(now);
    const before = document.activeElement;
    render(body, root);
    // What had the focus is gone, as a button is with its question: go on from the top of the view, not of the window.
    if (before !== document.body && !before?.isConnected) focusTitle();
    announce(state.signedIn ? (view.spoken?.(now) ?? "") : "");
  }

  function windowTitle(now, view) {
    const waiting = (now.state.approvals ?? []).filter((item) => item.open).length;
    return `${waiting ? `(${waiting}) ` : ""}${view.title(now)} · Sojourn`;
  }

  /** Said once: the same words again would be read aloud again. */
  function announce(words) {
    if (words === announced) return;
    announced = words;
    status.textContent = words;
  }

  const focusTitle = () => document.getElementById("title")?.focus({ preventScroll: true });

  function schedule() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(draw);
  }

  function enter() {
    if (store.get().signedIn) VIEWS[route.name].enter?.(context());
  }

  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  });
  root.replaceChildren();
  store.subscribe(schedule);
  // What a view reads it reads on every connection: what was asked on the one before may never have been answered.
  let wasOpen = false;
  store.subscribe(({ connection }) => {
    const isOpen = connection.state === "open";
    if (isOpen && !wasOpen) queueMicrotask(enter);
    wasOpen = isOpen;
  });
  router.subscribe((next) => {
    VIEWS[route.name].leave?.(context());
    route = next;
    session.dismiss("page");
    draw();
    enter();
    window.scrollTo(0, 0);
    focusTitle();
  });
  // Deadlines are told relative to now.
  setInterval(() => store.update(() => ({ now: Date.now() })), TICK_MS);
  draw();
}
