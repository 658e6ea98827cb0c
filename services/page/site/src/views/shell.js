// Navigation, who is signed in, and the state of the connection: around every view.

import { html, nothing } from "../../vendor/lit-html.js";
import { href } from "../router.js";
import { icon, logo, problem } from "./parts.js";

const ROLES = { traveller: "Traveller", approver: "Approver", travel_manager: "Travel manager", administrator: "Administrator" };

export function shell(context, content) {
  const { state } = context;
  return html`<div class="shell">
    <header class="mobile-top">
      ${brand()}
      <details>
        <summary>${icon("person")}<span class="name">${name(state)}</span></summary>
        <div class="menu">${who(context)}</div>
      </details>
    </header>
    <header class="side">
      ${brand()}
      <nav class="nav" aria-label="Main"><ul>${entries(state).map((entry) => item(context, entry))}</ul></nav>
      <div class="who">${who(context)}</div>
    </header>
    <main class="main" id="main" tabindex="-1">${problem(context, "page")}${content}</main>
    ${offline(context)}
  </div>`;
}

const brand = () => html`<a class="brand" href=${href("new")}>${logo}<span>Sojourn</span></a>`;

const name = (state) => state.me?.name ?? state.me?.employeeId ?? "Signing in";

function entries({ me, approvals }) {
  const roles = me?.roles ?? [];
  const waiting = (approvals ?? []).filter((item) => item.open).length;
  const list = [
    { to: "new", label: "New trip", icon: "plus", active: ["new"] },
    { to: "trips", label: "Trips", icon: "trips", active: ["trips", "trip"] },
  ];
  // Whoever was asked as a delegate has an inbox too.
  if (roles.includes("approver") || approvals?.length) {
    list.push({ to: "approvals", label: "Approvals", icon: "inbox", active: ["approvals", "approval"], count: waiting });
  }
  list.push({ to: "policy", label: "Policy", icon: "policy", active: ["policy"] });
  if (roles.includes("travel_manager")) {
    list.push({ to: "overview", label: "Overview", icon: "chart", active: ["overview", "attention"] });
    list.push({ to: "policies", label: "Policies", icon: "policies", active: ["policies", "version"] });
    list.push({ to: "events", label: "Events", icon: "pulse", active: ["events", "history"] });
    list.push({ to: "people", label: "People", icon: "people", active: ["people", "person"] });
  }
  return list;
}

function item({ route }, entry) {
  const current = entry.active.includes(route.name) ? "page" : nothing;
  const waiting = entry.count
    ? html`<span class="count" aria-hidden="true">${entry.count}</span><span class="unseen">, ${entry.count} waiting</span>`
    : nothing;
  return html`<li><a href=${href(entry.to)} aria-current=${current}>${icon(entry.icon)}<span>${entry.label}</span>${waiting}</a></li>`;
}

function who({ state, session }) {
  const roles = (state.me?.roles ?? []).map((role) => ROLES[role] ?? role);
  return html`
    <div><p class="name">${name(state)}</p><p class="roles">${(roles.length > 1 ? roles.slice(1) : roles).join(", ")}</p></div>
    <p class="line"><span class="dot ${state.connection.state}"></span>${CONNECTION[state.connection.state]}</p>
    <div><button class="button plain" type="button" @click=${() => session.signOut()}>Sign out</button></div>`;
}

const CONNECTION = { open: "Connected", connecting: "Connecting", lost: "Not connected" };

function offline({ state, session }) {
  if (state.connection.state !== "lost") return nothing;
  return html`<div class="offline appear" role="status">
    <span>The connection broke. Your bookings go on; trying again.</span>
    <button type="button" @click=${() => session.retry()}>Now</button>
  </div>`;
}
