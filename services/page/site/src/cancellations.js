// A cancellation is a booking of its own that names the trip it cancels. Which trip, and what became of a trip by it:
// from frames where there are any, else from the list. Pure.

import { stateOf } from "./format.js";

/** `{trip}` for a cancellation, its id null where only so much is known; null for a trip. */
export function cancels({ list }, booking) {
  const listed = list.items?.find((item) => item.bookingId === booking.id)?.previousBooking;
  const trip = booking.previousBooking ?? listed ?? null;
  return trip || booking.cancels ? { trip } : null;
}

/** After these the trip stands as before. */
const CAME_TO_NOTHING = ["kept", "failed", "expired"];

/** What cancelled a trip, or still may: `{id, state}`; else null. */
export function cancellationOf({ list, bookings }, trip) {
  const attempts = (list.items ?? []).filter((item) => item.previousBooking === trip);
  const found = attempts.map((item) => ({ id: item.bookingId, state: current(item, bookings) }));
  return found.find(({ state }) => !CAME_TO_NOTHING.includes(state)) ?? null;
}

/** The state of a booking in the list: what its frames say, where they are newer. */
function current(item, bookings) {
  const live = bookings[item.bookingId];
  return live?.sequence > item.sequence ? stateOf(live) : item.state;
}

/** The same in the eyes of its traveller: a trip that was booked, and then cancelled, is cancelled. */
export function stateOfItem(item, state) {
  const own = current(item, state.bookings);
  const undone = own === "confirmed" && cancellationOf(state, item.bookingId)?.state === "cancelled";
  return undone ? "cancelled" : own;
}
