// The network breaks in the middle, twice: nothing is lost, nothing comes twice, and nothing has to be done again.

import assert from "node:assert/strict";
import { relay, TRIP } from "../world.mjs";

export default async function (world) {
  const line = await relay();
  try {
    const traveller = await world.person("Sample Traveller One", { url: line.url });
    traveller.mayComplain = true;
    const { page } = traveller;

    // While the automated steps run.
    await traveller.ask(TRIP);
    await page.locator(".steps li").first().waitFor();
    line.cut();
    await page.getByText("The connection broke.").waitFor();
    await traveller.picture("offline", {});
    line.mend();
    await traveller.heading(/options? to compare/);
    await page.getByText("The connection broke.").waitFor({ state: "detached" });

    // A choice made while nobody can hear it is sent once somebody can.
    line.cut();
    await page.getByText("The connection broke.").waitFor();
    await traveller.choose("within");
    await page.getByRole("button", { name: "Taking it" }).first().waitFor();
    line.mend();
    await page.getByRole("button", { name: "Now" }).click({ timeout: 5000 }).catch(() => {});
    await traveller.heading("Ready to buy");
    await page.getByRole("button", { name: /^Buy for/ }).click();
    await traveller.heading("You are booked");

    const sequences = await traveller.steps();
    assert.deepEqual(sequences, sequences.map((_, index) => index + 1), "no gap and no repeat");
    assert.equal(await page.getByRole("alert").count(), 0, "and no complaint");
  } finally {
    line.close();
  }
}
