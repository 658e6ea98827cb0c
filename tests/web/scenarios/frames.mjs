// What the page makes of frames: whatever is lost, repeated or held back on the way, the same booking comes out. The
// modules are the page's own, loaded by the browser.

import assert from "node:assert/strict";

export default async function (world) {
  const { page } = await world.window();
  const failures = await page.evaluate(async () => {
    const { apply, emptyBooking } = await import("/src/bookings.js");
    // What one person is sent: others' frames leave holes in the sequence.
    const frames = [1, 2, 4, 5, 7, 8, 9].map((sequence, index, all) => ({
      type: "progress", step: `step-${sequence}`, message: `Step ${sequence}`, at: "2026-11-21T09:00:00Z",
      bookingId: "b", sequence, previous: index === 0 ? 0 : all[index - 1],
    }));
    const play = (order) => order.reduce((booking, frame) => apply(booking, frame).booking, emptyBooking("b"));
    const expected = JSON.stringify(play(frames));
    const wrong = [];
    // Cut at every frame: what came before, a hole, and everything again from there, with repeats.
    for (let cut = 0; cut <= frames.length; cut += 1) {
      for (let lost = 0; cut + lost <= frames.length; lost += 1) {
        const before = play(frames.slice(0, cut));
        const next = frames[cut + lost];
        if (next && lost > 0) {
          const { booking, hole } = apply(before, next);
          if (!hole || booking !== before) wrong.push(`cut ${cut}, lost ${lost}: the hole is not seen`);
        }
        const again = frames.filter((frame) => frame.sequence > before.sequence);
        const seen = [...frames.slice(0, cut), ...(next ? [next] : []), ...again, ...frames];
        if (JSON.stringify(play(seen)) !== expected) wrong.push(`cut ${cut}, lost ${lost}: another booking`);
      }
    }
    // A kind of frame from a newer server is a step, not the end of the page.
    const newer = apply(emptyBooking("b"), { type: "seat_assigned", message: "Seat 4A.", bookingId: "b", sequence: 1, previous: 0 });
    if (newer.booking.steps[0]?.message !== "Seat 4A.") wrong.push("a newer frame is not shown");
    return wrong;
  });
  assert.deepEqual(failures, []);
}
