// A booking that ended in the middle: the traveller is told that somebody sees to it, the travel manager finds it in
// the queue, settles it, and the traveller sees that. The supplier of this scenario books the flight, has no room, and takes nothing back.

import assert from "node:assert/strict";
import { TRIP } from "../world.mjs";

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
  await page.locator("a.item").first().click();
  await manager.heading("What is known");
  await manager.accessible("attention");
  await manager.picture("attention");
  assert.ok(await page.locator(".facts code").first().innerText(), "what to search the supplier for");
  // Whatever is open is settled with a word on how it is known.
  for (const choice of await page.getByRole("radio", { name: "It is not" }).all()) await choice.check();
  await page.getByLabel("How you know").fill("The hotel answered on the telephone: no booking.");
  await page.getByRole("button", { name: "Settle it" }).click();
  await page.getByText("This has been settled.").waitFor();
  await page.getByRole("link", { name: "Overview" }).first().click();
  await page.getByText("Nothing is open").waitFor();
  await traveller.page.locator(".steps li", { hasText: /settled/i }).waitFor();
}
