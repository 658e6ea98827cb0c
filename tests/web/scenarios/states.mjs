// What a view says where there is nothing, where something cannot be shown, and where the server refuses or is silent:
// never a place that stays empty, and always a way on.

import assert from "node:assert/strict";
import { DEPARTURE, TRIP } from "../world.mjs";

export default async function (world) {
  await nothingThere(world);
  await refused(world);
  await silent(world);
  await notToBeShown(world);
  await nothingOffered(world);
  await runOut(world);
  await signedOut(world);
}

const EMPTY = [
  ["Sample Traveller Two", "#/trips", "No trips yet"],
  ["Sample Traveller Two", "#/policy", "Nothing asked yet"],
  ["Sample Manager", "#/approvals", "Nothing waits for you"],
  ["Sample Travel Manager", "#/overview", "No trips booked yet"],
  ["Sample Travel Manager", "#/overview", "Nothing is open"],
  ["Sample Travel Manager", "#/events", "No replays yet"],
];

async function nothingThere(world) {
  let window = null;
  let whose = null;
  for (const [person, address, words] of EMPTY) {
    if (person !== whose) window = await world.person(person);
    whose = person;
    await go(window, address);
    await window.page.getByText(words).waitFor();
    assert.equal(await window.page.getByRole("alert").count(), 0, `${address} is no failure`);
  }
}

/** What is read in which view. */
const READ = [
  ["#/trips", ["list_bookings"]],
  ["#/approvals", ["list_approvals"]],
  ["#/overview", ["read_insights", "list_attention", "list_budgets"]],
  ["#/policies", ["list_policies"]],
  ["#/people", ["list_people"]],
  ["#/people/sample-traveller-1", ["show_person"]],
];

/** The server says no to each reading once: its place says so, and gives way to what comes when it is asked again. */
async function refused(world) {
  const manager = await world.window();
  const { page } = manager;
  const refusing = new Set();
  const empty = new Set();
  await page.routeWebSocket(/\/live$/, (near) => {
    const far = near.connectToServer();
    near.onMessage((text) => {
      const { action, actionId } = JSON.parse(text);
      if (refusing.has(action)) near.send(JSON.stringify({ type: "error", code: "RATE_LIMITED", message: "Too many messages.", retryable: true, actionId }));
      else if (empty.has(action)) near.send(JSON.stringify({ type: "policies", items: [] }));
      else far.send(text);
    });
  });
  await signIn(manager);
  for (const [address, actions] of READ) {
    // Each is read anew: what was read before would stay.
    actions.forEach((action) => refusing.add(action));
    await page.reload();
    await go(manager, address);
    await page.getByText("Too many messages.").nth(actions.length - 1).waitFor();
    assert.equal(await page.locator(".skeleton").count(), 0, `${address}: nothing pretends to be on its way`);
    assert.equal(await page.getByRole("button", { name: "Try again" }).count(), actions.length, `${address}: each can be asked for again`);
    if (address === "#/overview") await manager.picture("refused");
    actions.forEach((action) => refusing.delete(action));
    // One is enough for all that a view reads.
    await page.getByRole("button", { name: "Try again" }).first().click();
    await page.getByText("Too many messages.").first().waitFor({ state: "detached" });
    await page.locator(".skeleton").first().waitFor({ state: "detached" });
  }
  empty.add("list_policies");
  await go(manager, "#/policies");
  await page.getByText("No policy yet").waitFor();
}

/** An answer that never comes is not awaited for ever, on a clock that is wound forward. */
async function silent(world) {
  const manager = await world.window({ clock: true });
  const { page } = manager;
  let isSilent = true;
  await page.routeWebSocket(/\/live$/, (near) => {
    const far = near.connectToServer();
    near.onMessage((text) => isSilent && JSON.parse(text).action === "list_people" ? null : far.send(text));
  });
  await signIn(manager);
  await go(manager, "#/people");
  await page.locator(".skeleton").waitFor();
  await page.clock.fastForward("00:21");
  await page.getByText("No answer came.").waitFor();
  isSilent = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("link", { name: /Sample Traveller One/ }).waitFor();
  assert.equal(await page.getByRole("alert").count(), 0, "and no complaint");
}

/** On a socket whose messages pass through the scenario's hands. */
async function signIn(window, name = "Sample Travel Manager") {
  await window.page.reload();
  await window.page.getByRole("button", { name }).click();
  await window.heading("Where do you need to be?");
}

/** Trips that are not there, or somebody else's. */
async function notToBeShown(world) {
  const traveller = await world.person("Sample Traveller One");
  await traveller.ask(TRIP);
  await traveller.heading(/options? to compare/);
  const theirs = new URL(traveller.page.url()).hash;
  const other = await world.person("Sample Traveller Two");
  const cases = [
    ["#/trips/00000000-0000-5000-8000-000000000000", "There is no trip at this address."],
    [theirs, "This trip is somebody else’s."],
  ];
  for (const [address, words] of cases) {
    await go(other, address);
    await other.heading("This trip cannot be shown");
    await other.page.getByText(words).waitFor();
    await other.page.getByRole("link", { name: "Back to your trips" }).click();
    await other.heading("Trips");
  }
}

/** Nothing arrives so early, but other times of the day have offers: they are named. */
async function nothingOffered(world) {
  const traveller = await world.person("Sample Traveller Two");
  const day = `${DEPARTURE.getUTCDate()} ${new Intl.DateTimeFormat("en-GB", { month: "long", timeZone: "UTC" }).format(DEPARTURE)}`;
  await traveller.ask(`One way flight Berlin to Lisbon on ${day}, arriving before 5:00, no hotel`);
  await traveller.heading("This trip was not booked");
  await traveller.heading("What there would be");
  const offered = await traveller.page.locator(".reasons li").allInnerTexts();
  assert.ok(offered.some((line) => /^At another time of day, from \d+\.\d\d EUR$/.test(line)), `what it costs otherwise: ${offered}`);
  await traveller.page.getByText("Try other dates or a place nearby.").waitFor();
  await traveller.picture("no-offers");
}

/**
 * What nobody answered in time. The frame that says so comes after hours: here it is put in by hand behind the real ones,
 * as the same code makes it for the paths that are tested on a paused clock.
 */
async function runOut(world) {
  const traveller = await world.window();
  const { page } = traveller;
  const expire = await sequencesPassing(page);
  await signIn(traveller, "Sample Traveller One");
  await traveller.ask(TRIP);
  await traveller.heading(/options? to compare/);
  expire("Nobody chose in time. Nothing is held.");
  await traveller.heading("This trip has expired");
  await page.getByText("Nobody chose in time.").first().waitFor();
  await page.getByRole("link", { name: "Plan another trip" }).click();

  await traveller.ask(TRIP);
  await traveller.choose("within");
  await page.getByRole("button", { name: /^Buy for/ }).click();
  await traveller.heading("You are booked");
  const booked = new URL(page.url()).hash;
  await page.getByText("Cancel this trip").click();
  await page.getByRole("button", { name: "See the conditions" }).click();
  await traveller.heading("What you get back");
  expire("Nobody confirmed in time. The trip stands.");
  // A trip that is bought is never called expired, nor is its cancellation.
  await traveller.heading("The trip stays booked");
  assert.equal(await page.getByText("expired", { exact: false }).count(), 0, "nothing says that the trip is gone");
  await page.locator(".badge", { hasText: "Not cancelled" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Cancel the trip" }).count(), 0, "the question is over");
  await traveller.picture("cancellation-expired");
  await page.getByRole("link", { name: "Back to it" }).click();
  await traveller.heading("You are booked");
  assert.equal(new URL(page.url()).hash, booked);
  // It can be tried again.
  await page.getByText("Cancel this trip").waitFor();
}

/** Lets all frames pass, and gives what puts an `expired` one behind those of the booking that is shown. */
async function sequencesPassing(page) {
  const latest = new Map();
  let socket = null;
  await page.routeWebSocket(/\/live$/, (near) => {
    socket = near;
    const far = near.connectToServer();
    far.onMessage((text) => {
      const { bookingId, sequence } = JSON.parse(text);
      if (sequence > (latest.get(bookingId) ?? 0)) latest.set(bookingId, sequence);
      near.send(text);
    });
  });
  return (message) => {
    const bookingId = decodeURIComponent(new URL(page.url()).hash.split("/").pop());
    const sequence = latest.get(bookingId) + 1;
    socket.send(JSON.stringify({ type: "expired", bookingId, sequence, at: new Date().toISOString(), message }));
  };
}

/** Who is signed in may be nobody any more: the sign-in says so, and lets another in. */
async function signedOut(world) {
  const somebody = await world.person("Sample Traveller Two");
  // The browser itself notes the answer that says there is no such person.
  somebody.mayComplain = true;
  const { page } = somebody;
  await page.evaluate(() => sessionStorage.setItem("sojourn.person", "nobody-any-more"));
  await page.reload();
  await page.getByRole("alert").getByText("Your session has ended.").waitFor();
  await page.getByRole("button", { name: "Sample Traveller Two" }).click();
  await somebody.heading("Where do you need to be?");
}

const go = ({ page }, address) => page.evaluate((hash) => (location.hash = hash), address);
