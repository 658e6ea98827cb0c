// A booking that ended in the middle: the traveller is told that somebody sees to it, the travel manager finds it in
// the queue, settles it, and the traveller sees that. The supplier of this scenario books the flight, has no room, and takes nothing back.

import assert from "node:assert/strict";
import { DEPARTURE, TRIP } from "../world.mjs";

export default async function (world) {
  const traveller = await world.person("Sample Traveller One");
  await traveller.ask(TRIP);
  await traveller.choose("within");
  await traveller.heading("Ready to buy");
  await traveller.page.getByRole("button", { name: /^Buy for/ }).click();
  await traveller.heading("A travel manager looks after this");
  await traveller.accessible("needs attention, as its traveller sees it");
  await traveller.picture("attention-traveller");

  const manager = await world.person("Sample Travel Manager");
  const { page } = manager;
  await page.getByRole("link", { name: "Overview" }).click();
  await manager.heading("Needs attention");
  await page.getByText("Sample Traveller One, open for").waitFor();
  const entry = (await page.locator("a.item").first().innerText()).replace(/\s+/g, " ");
  assert.match(entry, /Due in .* Sample Traveller One, open for (less than a minute|\d+ min), seen to by travel managers/, "by when, whose, since when, and who sees to it");
  await page.locator("a.item").first().click();
  await manager.heading("What is known");
  await manager.accessible("attention");
  await manager.picture("attention");
  assert.ok(await page.locator(".facts code").first().innerText(), "what to search the supplier for");
  const known = (await page.locator(".facts").allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
  assert.match(known[0], /Seen to by travel managers, due in .* Open for (less than a minute|\d+ min), since \d\d:\d\d/);
  assert.ok(known.slice(1).some((part) => /Last answer \S+/.test(part)), `what the supplier said last: ${known}`);
  // Whatever is open is settled with a word on how it is known.
  for (const choice of await page.getByRole("radio", { name: "It is not" }).all()) await choice.check();
  await page.getByLabel("How you know").fill("The hotel answered on the telephone: no booking.");
  await page.getByRole("button", { name: "Settle it" }).click();
  await page.getByText(/^Sample Travel Manager settled this (just now|\d+ min ago)\.$/).waitFor();
  await page.getByRole("link", { name: "Overview" }).first().click();
  await page.getByText("Nothing is open").waitFor();
  await traveller.page.locator(".steps li", { hasText: /settled/i }).waitFor();
  await cannotBeCancelled(traveller);
}

/** This supplier lets nothing be cancelled: the trip is bought and stands, and its traveller is told just that. */
async function cannotBeCancelled(traveller) {
  const { page } = traveller;
  await page.getByRole("link", { name: "New trip" }).first().click();
  await traveller.ask(`One way flight Berlin to Lisbon on ${DEPARTURE.toISOString().slice(0, 10)}, no hotel`);
  await traveller.choose("within");
  await traveller.heading("Ready to buy");
  await page.getByRole("button", { name: /^Buy for/ }).click();
  await traveller.heading("You are booked");
  await page.getByText("Cancel this trip").click();
  await page.getByRole("button", { name: "See the conditions" }).click();
  await traveller.heading("The trip was not cancelled");
  await page.getByText("It stays booked, and nothing comes back. TOO_LATE").waitFor();
  await page.locator(".badge", { hasText: "Not cancelled" }).waitFor();
  assert.equal(await page.getByText("was not booked").count(), 0);
  await traveller.picture("not-cancelled");
  await page.getByRole("link", { name: "Back to it" }).click();
  await traveller.heading("You are booked");
  await page.getByText("Cancel this trip").waitFor();
}
