// The main job: from a sentence to an itinerary in the calendar, and the same trip on another device.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DEPARTURE, TRIP } from "../world.mjs";

export default async function (world) {
  const traveller = await world.person("Sample Traveller One");
  const { page } = traveller;
  await traveller.picture("new-trip");
  await traveller.ask(TRIP);
  await traveller.heading(/options? to compare/);
  assert.ok((await page.locator(".option").count()) >= 3, "at least three options");
  await traveller.picture("options");

  await page.getByRole("button", { name: /policy rules checked/ }).first().click();
  const quoted = page.getByRole("dialog").locator("blockquote").first();
  assert.match(await quoted.innerText(), /^Clause \d/, "each rule quotes its clause");
  await traveller.picture("rules", {});
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();

  await traveller.choose("within");
  await traveller.heading("Ready to buy");
  await traveller.picture("confirm");
  await page.getByRole("button", { name: /^Buy for/ }).click();
  await traveller.heading("You are booked");
  await traveller.picture("itinerary");

  const sequences = await traveller.steps();
  assert.deepEqual(sequences, sequences.map((_, index) => index + 1), "every step is shown, once, in order");
  // The browser calls up to 0.1 good.
  const shifted = await traveller.shifts();
  assert.ok(shifted < 0.1, `content moved by itself: ${shifted}`);

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Add to calendar" }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), `berlin-lisbon-${DEPARTURE.toISOString().slice(0, 10)}.ics`);
  const calendar = readFileSync(await file.path(), "utf8");
  assert.match(calendar, /^BEGIN:VCALENDAR\r\n/);
  assert.match(calendar, /TZID:Europe\/Lisbon/);
  assert.match(calendar, /SUMMARY:.* Berlin to Lisbon/);

  await pickUpElsewhere(world, traveller);
  const manager = await inTheOverview(world);
  await cancelled(traveller);
  await notSpentAnyMore(manager);
}

/** Another device shows the same, though it was not there. */
async function pickUpElsewhere(world, traveller) {
  const other = await world.person("Sample Traveller One");
  await other.page.getByRole("link", { name: "Trips", exact: true }).click();
  await other.heading("Trips");
  await other.page.getByRole("link", { name: new RegExp(TRIP) }).first().click();
  await other.heading("You are booked");
  assert.deepEqual(await other.steps(), await traveller.steps());
  const references = (window) => window.page.locator(".reference").allInnerTexts();
  assert.deepEqual(await references(other), await references(traveller));
}

async function inTheOverview(world) {
  const manager = await world.person("Sample Travel Manager");
  await manager.page.getByRole("link", { name: "Overview" }).click();
  // Insights hears of it over the bus, a moment later.
  for (;;) {
    await manager.page.getByRole("button", { name: "Refresh" }).click();
    await manager.page.waitForTimeout(200);
    if (await manager.page.getByRole("cell", { name: "Lisbon, Portugal" }).count()) break;
  }
  await manager.page.getByRole("rowheader", { name: "Sample Traveller One" }).first().waitFor();
  await manager.picture("overview");
  return manager;
}

/** A trip that was bought is cancelled at conditions shown first; what became of it is on its page. */
async function cancelled(traveller) {
  const { page } = traveller;
  await page.getByText("Cancel this trip").click();
  await page.getByRole("button", { name: "See the conditions" }).click();
  await traveller.heading("What you get back");
  await traveller.picture("cancel");
  await page.getByRole("button", { name: "Cancel the trip" }).click();
  await traveller.heading("This trip is cancelled");
  await traveller.picture("cancelled");
}

/** What came back is no longer in the overview's spend, and nobody is there any more. */
async function notSpentAnyMore(manager) {
  const { page } = manager;
  do {
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.waitForTimeout(200);
  } while ((await page.getByText("that came back").count()) === 0);
  const spent = page.locator(".figure", { hasText: "Spent" }).first();
  assert.ok(!(await page.locator(".figures").innerText()).includes("-0"), "nothing is not less than nothing");
  assert.match(await spent.innerText(), /\b0\.00\sEUR[^]*1 trip bought[^]*less \d+\.\d\d\sEUR/);
  await page.getByText("Nobody is away, and no trip is coming.").waitFor();
  await manager.picture("overview-after-cancelling");
}
