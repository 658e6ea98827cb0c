// A page that stays open for hours, on a clock that is wound forward: a decision about money gets a fresh sign-in by
// itself, the connection is replaced before the server would end it, and the person notices neither.

import assert from "node:assert/strict";
import { TRIP } from "../world.mjs";

export default async function (world) {
  await openForHours(world);
  await toldSo(world);
}

async function openForHours(world) {
  const traveller = await world.window({ clock: true });
  const { page } = traveller;
  const sockets = [];
  page.on("websocket", (socket) => sockets.push(socket));
  await page.reload();
  await page.getByRole("button", { name: "Sample Traveller One" }).click();
  await traveller.heading("Where do you need to be?");
  await traveller.ask(TRIP);
  await traveller.choose("within");
  await traveller.heading("Ready to buy");
  assert.equal(sockets.length, 1, "one connection so far");

  // The traveller thinks it over for ten minutes.
  await page.clock.fastForward("10:00");
  await page.getByRole("button", { name: /^Buy for/ }).click();
  await traveller.heading("You are booked");
  assert.equal(sockets.length, 2, "a connection with a fresh token for the purchase");
  assert.equal(await page.getByRole("alert").count(), 0, "and no complaint");

  // And leaves the page open.
  for (const count of [3, 4]) {
    await page.clock.fastForward("01:51:00");
    await page.waitForFunction(() => document.querySelector(".dot.open"));
    for (let waited = 0; sockets.length < count && waited < 100; waited += 1) await new Promise((ready) => setTimeout(ready, 100));
    assert.equal(sockets.length, count, "replaced before two hours are over");
  }
  assert.deepEqual(sockets.map((socket) => socket.isClosed()), [true, true, true, false], "one at a time");
  const sequences = await traveller.steps();
  assert.deepEqual(sequences, sequences.map((_, index) => index + 1), "no gap and no repeat");
  await page.getByRole("link", { name: "Another trip" }).click();
  await traveller.ask("May I fly business to Tokyo?");
  await traveller.heading(/^Answer$/);
}

/** The server has the last word on what is fresh: refused for it, the same command goes again by a new token, once. */
async function toldSo(world) {
  const traveller = await world.window();
  const { page } = traveller;
  const confirmations = [];
  await page.routeWebSocket(/\/live$/, (near) => {
    const far = near.connectToServer();
    near.onMessage((text) => {
      const { action, actionId } = JSON.parse(text);
      if (action === "confirm_purchase") confirmations.push(actionId);
      if (action !== "confirm_purchase" || confirmations.length > 1) return far.send(text);
      near.send(JSON.stringify({ type: "error", code: "AUTH_FAILED", message: "Connect again.", retryable: false, actionId }));
    });
  });
  await page.reload();
  await page.getByRole("button", { name: "Sample Traveller Two" }).click();
  await traveller.heading("Where do you need to be?");
  await traveller.ask(TRIP);
  await traveller.choose("within");
  await traveller.heading("Ready to buy");
  await page.getByRole("button", { name: /^Buy for/ }).click();
  await traveller.heading("You are booked");
  assert.equal(confirmations.length, 2, "sent again");
  assert.equal(confirmations[0], confirmations[1], "under the same id");
  assert.equal(await page.getByRole("alert").count(), 0, "and no complaint");
}
