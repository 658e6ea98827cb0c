// All of a person's bookings, newest first, whichever device they were begun on.

import { html, nothing } from "../../vendor/lit-html.js";
import { href } from "../router.js";
import { ago, stateOf } from "../format.js";
import { empty, stateBadge, title } from "./parts.js";

export const trips = {
  title: () => "Trips",
  enter: ({ session }) => session.refresh(),
  view(context) {
    const { state, session } = context;
    const { items, cursor, loading } = state.list;
    const shown = (items ?? []).filter((item) => item.state !== "answered");
    return html`
      <div class="row apart">${title("Trips")}<a class="button main-action" href=${href("new")}>New trip</a></div>
      ${items === null
        ? html`<div class="skeleton tall" aria-busy="true">Loading your trips</div>`
        : shown.length
          ? html`<ul class="list">${shown.map((item) => bookingItem(item, state))}</ul>`
          : empty("No trips yet", "Trips you ask for appear here, on every device you sign in on.",
              html`<a class="button main-action" href=${href("new")}>Plan the first one</a>`)}
      ${cursor
        ? html`<div class="row"><button class="button" type="button" ?disabled=${loading} @click=${() => session.more()}>Show older trips</button></div>`
        : nothing}`;
  },
};

export function bookingItem(item, { bookings, now }) {
  const live = bookings[item.bookingId];
  return html`<li><a class="item" href=${href("trip", item.bookingId)}>
    <span class="title">${item.previousBooking ? "Cancellation of a trip" : (item.request ?? "A trip whose words are no longer kept")}</span>
    ${stateBadge(live?.sequence > item.sequence ? stateOf(live) : item.state)}
    <span class="about">Asked for ${ago(item.createdAt, now)}</span>
  </a></li>`;
}
