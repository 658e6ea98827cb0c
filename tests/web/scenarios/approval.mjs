// Approval by a second person in a second window, while the first one watches.

import assert from "node:assert/strict";
import { TRIP } from "../world.mjs";

export default async function (world) {
  const traveller = await world.person("Sample Traveller One");
  const manager = await world.person("Sample Manager", { colorScheme: "dark" });
  await granted(traveller, manager);
  await declined(traveller, manager);
}

async function granted(traveller, manager) {
  await traveller.ask(TRIP);
  await traveller.choose("beyond");
  await traveller.heading("Waiting for Sample Manager");
  await traveller.picture("waiting");

  // Without a reload: the request comes to whoever is there.
  await manager.page.getByRole("link", { name: /Approvals.*1 waiting/ }).click();
  await manager.heading("Approvals");
  await manager.picture("inbox");
  await manager.page.getByRole("link", { name: /Sample Traveller One/ }).first().click();
  await manager.page.getByRole("button", { name: "Approve" }).waitFor();
  await manager.picture("approval");
  await manager.page.getByRole("button", { name: "Approve" }).click();
  await manager.page.getByText("Approved by Sample Manager").waitFor();

  await traveller.heading("Ready to buy");
  await traveller.page.getByRole("button", { name: /^Buy for/ }).click();
  await traveller.heading("You are booked");
  const exception = await traveller.page.locator(".itinerary .reasons").innerText();
  assert.match(exception, /approved by Sample Manager/);
}

async function declined(traveller, manager) {
  await traveller.page.getByRole("link", { name: "Another trip" }).click();
  await traveller.ask(TRIP);
  await traveller.choose("beyond");
  await traveller.heading("Waiting for Sample Manager");
  await manager.page.getByRole("link", { name: /Approvals.*1 waiting/ }).click();
  await manager.page.locator("a.item", { has: manager.page.locator(".badge.ask") }).click();
  await manager.page.getByRole("textbox", { name: /comment/ }).fill("Too far over the cap this time.");
  await manager.page.getByRole("button", { name: "Decline" }).click();
  await manager.page.getByText("Declined by Sample Manager").waitFor();
  await traveller.heading("This trip was not booked");
  await traveller.picture("declined");
}
