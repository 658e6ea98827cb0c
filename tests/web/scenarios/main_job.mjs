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
  await whatOptionsShow(page);
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

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Add to calendar" }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), `berlin-lisbon-${DEPARTURE.toISOString().slice(0, 10)}.ics`);
  const calendar = readFileSync(await file.path(), "utf8");
  assert.match(calendar, /^BEGIN:VCALENDAR\r\n/);
  assert.match(calendar, /TZID:Europe\/Lisbon/);
  assert.match(calendar, /SUMMARY:.* Berlin to Lisbon/);

  const other = await pickUpElsewhere(world, traveller);
  const manager = await inTheOverview(world);
  await cancelled(traveller);
  await isCancelledEverywhere(traveller, other);
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
  return other;
}

/** What somebody decides by, on the cheapest option, and what a dearer one says about it. */
async function whatOptionsShow(page) {
  const cards = await page.locator(".option").all();
  const words = [];
  for (const card of cards) words.push((await card.innerText()).replace(/\s+/g, " "));
  const cheapest = words.find((each) => each.includes("The cheapest of these"));
  assert.ok(cheapest, `one is the cheapest: ${words}`);
  const shown = {
    total: /^\d+\.\d\d EUR /,
    "when the flight leaves and arrives": /Outbound .* \d\d:\d\d BER to \d\d:\d\d(\+\d)? ?\S* ?LIS/,
    "and on the way back": /Return .* \d\d:\d\d LIS to \d\d:\d\d(\+\d)? ?\S* ?BER/,
    stops: /Non-stop|\d stops?, [A-Z]{3}/,
    "how long it takes": /\d h( \d+ min)?/,
    hotel: /\d+\.\d\d EUR a night · 2 nights/,
    "the verdict in words": /(Within policy|Needs approval) \S+/,
    taxes: /\d+\.\d\d EUR of it taxes/,
  };
  for (const [what, pattern] of Object.entries(shown)) assert.match(cheapest, pattern, what);
  const amount = (text) => Number(/^(\d+\.\d\d) EUR/.exec(text)[1]);
  for (const dearer of words.filter((each) => each !== cheapest)) {
    const [, more] = /([\d.]+) EUR more than the cheapest/.exec(dearer) ?? [];
    assert.equal(Number(more).toFixed(2), (amount(dearer) - amount(cheapest)).toFixed(2), dearer);
  }
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
  const figure = async (name) => (await manager.page.locator(".figure", { hasText: name }).innerText()).replace(/\s+/g, " ");
  assert.match(await figure("Within policy"), /100 % 1 of 1 trip without an exception/);
  assert.match(await figure("Savings missed"), /\d+\.\d\d EUR Paid above the lowest option/);
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

/** Nor does the trip itself read as if it stood: not here, not in the list, not on the device that was open all along. */
async function isCancelledEverywhere(traveller, other) {
  await traveller.page.getByRole("link", { name: "What was booked" }).click();
  for (const [name, window] of Object.entries({ here: traveller, elsewhere: other })) {
    const { page } = window;
    await page.getByRole("link", { name: "Its cancellation, and what comes back" }).waitFor();
    await window.heading("This trip is cancelled");
    await page.locator(".badge", { hasText: "Cancelled" }).waitFor();
    for (const gone of ["You are booked", "Add to calendar", "Cancel this trip"]) {
      assert.equal(await page.getByText(gone).count(), 0, `${name}: ${gone}`);
    }
  }
  await traveller.picture("cancelled-trip");
  await traveller.page.getByRole("link", { name: "Its cancellation, and what comes back" }).click();
  await traveller.page.getByText(/EUR come back/).waitFor();
  await traveller.page.getByRole("link", { name: "Trips", exact: true }).click();
  await traveller.page.getByRole("link", { name: "Cancellation of a trip" }).waitFor();
  const states = await traveller.page.locator(".item .badge").allInnerTexts();
  assert.deepEqual(states, ["Cancelled", "Cancelled"], "the cancellation and the trip");
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
