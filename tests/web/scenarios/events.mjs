// A developer looks at a booking's events, watches the bus, and replays what was said; by keyboard, on a phone, and in
// both colour schemes.

import assert from "node:assert/strict";

import { TRIP } from "../world.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

export default async function (world) {
  const traveller = await world.person("Sample Traveller One");
  await traveller.ask(TRIP);
  await traveller.heading(/options? to compare/);
  const booking = decodeURIComponent(new URL(traveller.page.url()).hash.split("/").pop());

  const developer = await world.person("Sample Travel Manager", { colorScheme: "light", reducedMotion: "reduce" });
  const { page } = developer;
  await page.getByRole("link", { name: "Events" }).first().click();
  await developer.heading("On the bus now");
  await page.locator(".tail li", { hasText: "OptionsRanked" }).first().waitFor();

  await theHistory(developer, booking);
  await theTail(developer, traveller);
  await theReplay(developer);
  await developer.picture("events");
  await developer.accessible("events");
  await elsewhere(world, booking);
  await notForEverybody(world, booking);
}

/** By keyboard alone: the id typed, the view opened, a payload unfolded. */
async function theHistory(developer, booking) {
  const { page } = developer;
  await page.getByRole("textbox", { name: "Booking" }).focus();
  await page.keyboard.type(booking);
  await page.keyboard.press("Enter");
  await developer.heading("History");
  const first = page.locator(".event").first();
  await first.getByText("BookingRequested").first().waitFor();
  const ranked = page.locator(".event", { has: page.getByText("OptionsRanked", { exact: true }) });
  assert.match(await ranked.innerText(), /sojourn\.compliance .* after \d+ OffersFound/s);
  assert.match(await first.innerText(), /policy made 2 PolicyRetrieved/);
  assert.equal(await page.getByText("never reached the bus").count(), 0);
  await first.locator("summary").focus();
  await page.keyboard.press("Enter");
  const payload = first.getByRole("region", { name: "Payload of BookingRequested" });
  await payload.waitFor();
  const detail = JSON.parse(await payload.innerText());
  assert.equal(detail.meta.aggregateId, booking);
  assert.equal(detail.meta.sequence, 1);
}

/** What happens elsewhere is seen here as it happens, as far as the filter selects it. */
async function theTail(developer, traveller) {
  const { page } = developer;
  await page.getByLabel("Only").fill('{"detail-type": [{"prefix": "Option"}], "source": ["sojourn.gateway"]}');
  await page.getByText("Nothing of the last quarter of an hour.").waitFor();
  await traveller.choose("within");
  const line = page.locator(".tail li");
  await line.first().waitFor();
  assert.equal(await line.count(), 1);
  assert.match(await line.innerText(), /OptionSelected/);
  await page.getByLabel("Only").fill('{"detail-type": [{"wildcard": "*"}]}');
  await page.getByText(/not wildcard/).waitFor();
  await page.getByLabel("Only").fill("");
}

async function theReplay(developer) {
  const { page } = developer;
  await page.getByRole("button", { name: "Replay to Insights" }).click();
  const replay = page.locator(".replay");
  await replay.waitFor();
  await replay.getByText("completed").waitFor();
  // A span that is none says what to do.
  await page.getByLabel("To (UTC)").fill("2020-01-01T00:00");
  await page.getByRole("button", { name: "Replay to Insights" }).click();
  await page.getByText("A replay needs a beginning before its end").waitFor();
  await page.getByRole("button", { name: "Dismiss" }).click();
}

async function elsewhere(world, booking) {
  const others = { "events-dark": { colorScheme: "dark", reducedMotion: "reduce" }, "events-phone": PHONE };
  for (const [name, context] of Object.entries(others)) {
    const developer = await world.person("Sample Travel Manager", context);
    const { page } = developer;
    await page.evaluate((id) => (location.hash = `#/events/${id}`), booking);
    await developer.heading("History");
    await page.locator(".event").first().waitFor();
    await page.locator(".tail li").first().waitFor();
    await developer.picture(name);
    await developer.accessible(name);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= (await page.evaluate(() => innerWidth)), `${name}: ${width} px wide`);
  }
}

/** Who is no travel manager is told so, and sees nothing. */
async function notForEverybody(world, booking) {
  const stranger = await world.person("Sample Traveller Two");
  const { page } = stranger;
  assert.equal(await page.getByRole("link", { name: "Events" }).count(), 0);
  await page.evaluate((id) => (location.hash = `#/events/${id}`), booking);
  await page.getByRole("alert").first().waitFor();
  assert.equal(await page.locator(".event").count(), 0);
}
