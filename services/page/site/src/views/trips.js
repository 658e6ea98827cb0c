// All of a person's bookings, newest first, whichever device they were begun on.

import { html, nothing } from "../../vendor/lit-html.js";
import { href } from "../router.js";
import { stateOfItem } from "../cancellations.js";
import { ago } from "../format.js";
import { empty, reading, stateBadge, title } from "./parts.js";

export const trips = {
  title: () => "Trips",
  enter: ({ session }) => session.refresh(),
  view(context) {
    const { state, session } = context;
    const { items, cursor, loading } = state.list;
    const shown = (items ?? []).filter((item) => item.state !== "answered");
    return html`
      <div class="row apart">${title("Trips")}<a class="button main-action" href=${href("new")}>New trip</a></div>
      ${reading(context, "list_bookings", { awaited: "Loading your trips", again: session.refresh, shown: items && all(shown, state) })}
      ${cursor
        ? html`<div class="row"><button class="button" type="button" ?disabled=${loading} @click=${() => session.more()}>Show older trips</button></div>`
        : nothing}`;
  },
};

function all(shown, state) {
  if (shown.length) return html`<ul class="list">${shown.map((item) => bookingItem(item, state))}</ul>`;
  return empty("No trips yet", "Trips you ask for appear here, on every device you sign in on.",
    html`<a class="button main-action" href=${href("new")}>Plan the first one</a>`);
}

export function bookingItem(item, state) {
  return html`<li><a class="item" href=${href("trip", item.bookingId)}>
    <span class="title">${item.previousBooking ? "Cancellation of a trip" : (item.request ?? "A trip whose words are no longer kept")}</span>
    ${stateBadge(stateOfItem(item, state), Boolean(item.previousBooking))}
    <span class="about">Asked for ${ago(item.createdAt, state.now)}</span>
  </a></li>`;
}
