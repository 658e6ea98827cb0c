// A phone: everything within its width, for three travellers, and questions back.

import assert from "node:assert/strict";

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, far: true };

export default async function (world) {
  const traveller = await world.person("Sample Traveller Two", PHONE);
  const { page } = traveller;
  await fits(traveller, "new trip");
  await traveller.picture("phone-new-trip", {});

  await traveller.ask("Munich to Vienna 14-16 January for 3");
  await traveller.heading(/options? to compare/);
  await fits(traveller, "options");
  await traveller.picture("phone-options");
  const colleagues = page.getByRole("textbox", { name: "Employee id" });
  assert.equal(await colleagues.count(), 3, "one passenger for each traveller");
  await colleagues.nth(1).fill("sample-traveller-1");
  const guest = page.getByRole("group", { name: "Traveller 3" });
  await guest.getByRole("radio", { name: "Somebody else" }).check();
  const details = { "Given name": "Sample", "Family name": "Guest", "Date of birth": "1990-05-17", "E-mail": "sample-guest@example.com", Phone: "+4930000000" };
  for (const [label, value] of Object.entries(details)) await guest.getByLabel(label).fill(value);
  await page.getByRole("button", { name: "Save travellers" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  await traveller.choose("within");
  await traveller.heading("Ready to buy");
  await page.getByRole("button", { name: /^Buy for/ }).click();
  await traveller.heading("You are booked");
  await fits(traveller, "itinerary");
  await traveller.picture("phone-itinerary");

  await page.getByRole("link", { name: "New trip" }).click();
  await traveller.ask("Portland to Boston 3-5 December");
  await traveller.heading("Before searching");
  await fits(traveller, "clarification");
  await traveller.picture("phone-clarification");
  await page.locator(".chip").first().click();
  await traveller.heading(/options? to compare|not booked|One more thing/);

  await page.getByRole("link", { name: "Trips" }).click();
  await traveller.heading("Trips");
  await fits(traveller, "trips");
  await page.getByRole("link", { name: "Policy" }).click();
  await page.getByRole("textbox").fill("May I fly business to Tokyo?");
  await page.getByRole("button", { name: "Ask" }).click();
  await traveller.heading(/^Answer$/);
  await fits(traveller, "policy");
  await traveller.picture("phone-policy");
  await theOffice(world);
}

/** What travel managers look after, on the way. */
async function theOffice(world) {
  const manager = await world.person("Sample Travel Manager", PHONE);
  const { page } = manager;
  for (const name of ["Approvals", "Overview", "People"]) {
    await page.getByRole("link", { name }).first().click();
    await manager.heading(name);
    await fits(manager, name);
  }
  await page.getByRole("link", { name: /Sample Traveller One/ }).waitFor();
  await manager.picture("phone-people");
  await page.getByRole("link", { name: /Sample Traveller One/ }).click();
  await manager.heading("Sample Traveller One");
  await fits(manager, "person");
}

async function fits({ page }, where) {
  const { content, window: width } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, window: document.documentElement.clientWidth }));
  assert.ok(content <= width, `${where} is ${content} wide on a screen of ${width}`);
}
