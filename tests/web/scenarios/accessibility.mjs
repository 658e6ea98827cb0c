// axe-core on every view, in light and in dark: nothing serious.

import { TRIP } from "../world.mjs";

export default async function (world) {
  for (const colorScheme of ["light", "dark"]) await everyView(world, colorScheme);
}

async function everyView(world, colorScheme) {
  // Colours are judged once they stand.
  const context = { colorScheme, reducedMotion: "reduce", far: true };
  const nobody = await world.window(context);
  await nobody.heading("Who are you?");
  await nobody.accessible(`${colorScheme} sign-in`);
  await nobody.picture(`${colorScheme}-sign-in`, {});

  const manager = await world.person("Sample Travel Manager", context);
  const { page } = manager;
  const go = async (name, heading) => {
    await page.getByRole("link", { name }).first().click();
    await manager.heading(heading);
    await manager.accessible(`${colorScheme} ${heading}`);
  };
  await manager.accessible(`${colorScheme} new trip`);
  await go("Trips", "Trips");
  await go("Approvals", "Approvals");
  await go("Overview", "Overview");
  await manager.picture(`${colorScheme}-overview`);
  await go("People", "People");
  await page.getByRole("link", { name: /Sample Traveller Two/ }).click();
  await manager.heading("Sample Traveller Two");
  await page.getByText("Forget this person").click();
  await manager.accessible(`${colorScheme} person`);
  await manager.picture(`${colorScheme}-person`);
  await go("Policy", "Ask the policy");
  await page.getByRole("textbox").fill("May I fly business to Tokyo?");
  await page.getByRole("button", { name: "Ask" }).click();
  await manager.heading(/^Answer$/);
  await manager.accessible(`${colorScheme} answer`);

  await page.getByRole("link", { name: "New trip" }).first().click();
  await manager.ask(TRIP);
  await manager.heading(/options? to compare/);
  await page.getByRole("button", { name: /policy rules checked/ }).first().click();
  await manager.accessible(`${colorScheme} rules`);
  await page.keyboard.press("Escape");
  await manager.accessible(`${colorScheme} options`);
  await manager.picture(`${colorScheme}-options`);
  await manager.choose("within");
  await manager.heading("Ready to buy");
  await manager.accessible(`${colorScheme} confirmation`);
  await page.getByRole("button", { name: /^Buy for/ }).click();
  await manager.heading("You are booked");
  await manager.accessible(`${colorScheme} itinerary`);
  await manager.picture(`${colorScheme}-itinerary`);
  await page.getByRole("link", { name: "Another trip" }).click();
  await manager.ask("Munich to Vienna 14-16 January for 2");
  await manager.heading("Who travels");
  await manager.accessible(`${colorScheme} passengers`);
  await page.getByText("Cancel this trip").click();
  await page.getByRole("button", { name: "Cancel the trip" }).click();
  await manager.heading("This trip is cancelled");
  await manager.accessible(`${colorScheme} cancelled`);
}
