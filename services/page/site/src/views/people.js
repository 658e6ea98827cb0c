// The directory of people, and the sheet that fills it.

import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import * as format from "../format.js";
import { href } from "../router.js";
import { empty, isRead, nameOf, problem, reading, title } from "./parts.js";

// One message of a socket holds 32 KB.
const LARGEST_BYTES = 30_000;
export const ROLES = [
  ["traveller", "Traveller"],
  ["approver", "Approver"],
  ["travel_manager", "Travel manager"],
  ["administrator", "Administrator"],
];
const ROLE_NAMES = Object.fromEntries(ROLES);

export const people = {
  title: () => "People",
  enter: ({ session }) => session.readPeople(),
  spoken: ({ state }) => (state.sheet?.result ? summary(state.sheet.result) : ""),
  view(context) {
    const { state, session } = context;
    return html`
      <div class="row apart">${title("People")}
        <button class="button" type="button" @click=${() => session.exportPeople()}>Download as a sheet</button></div>
      ${state.erased ? html`<p class="notice good" role="status">${state.erased} is forgotten: their details and words can no longer be read.</p>` : nothing}
      ${reading(context, "list_people", { awaited: "Loading the directory", again: () => session.readPeople(), shown: state.directory.items && directory(context) })}
      ${isRead(state, "list_people", state.directory.items) ? sheet(context) : nothing}`;
  },
};

function directory({ state, session }) {
  const { items, cursor, appending, filter } = state.directory;
  if (items.length === 0) {
    return empty("Nobody is in the directory yet", "A sheet brings everybody in at once: choose one below, and see what it would do before it does.");
  }
  const wanted = filter.trim().toLowerCase();
  const shown = items.filter((person) => !wanted || words(person).includes(wanted));
  return html`
    <div class="field narrow"><label for="filter">Find somebody</label>
      <input class="input" id="filter" type="search" autocomplete="off" .value=${filter} @input=${(event) => session.filterPeople(event.target.value)}></div>
    ${shown.length
      ? html`<ul class="list" aria-label="People">${repeat(shown, (person) => person.employeeId, (person) => entry(state, person))}</ul>`
      : html`<p class="quiet" role="status">Nobody here is called so${cursor ? " on the pages read so far" : ""}.</p>`}
    ${cursor ? html`<div class="row"><button class="button" type="button" ?disabled=${appending} @click=${() => session.morePeople()}>Show more people</button></div>` : nothing}`;
}

const words = (person) => `${person.name} ${person.employeeId} ${person.costCentre}`.toLowerCase();

function entry(state, person) {
  const roles = person.roles.filter((role) => role !== "traveller").map((role) => ROLE_NAMES[role] ?? role);
  const asked = person.approvers.length ? `asks ${person.approvers.map((id) => nameOf(state, id)).join(", then ")}` : "asks nobody";
  return html`<li><a class="item" href=${href("person", person.employeeId)}>
    <span class="title">${person.name}</span>
    <span class="badge">${person.level}</span>
    <span class="about">${[person.costCentre, asked, ...roles].join(" · ")}${away(state, person)}</span>
  </a></li>`;
}

function away(state, person) {
  if (!person.delegate) return nothing;
  return html` · <strong>${nameOf(state, person.delegate)} decides for them</strong>`;
}

/** A sheet is tried first: what it would do is shown before it is done. */
function sheet(context) {
  const { state, session } = context;
  const busy = Object.values(state.pending).some(({ about }) => about === "sheet");
  const result = state.sheet?.result;
  const changes = result ? result.added.length + result.changed.length : 0;
  return html`<section class="card stack" aria-labelledby="sheet-heading">
    <h2 id="sheet-heading">Bring in a sheet</h2>
    <p class="small quiet">A CSV file with a line for each person: <code>employeeId</code>, <code>name</code>, <code>level</code>, <code>costCentre</code>,
      <code>zone</code>, <code>locale</code>, and as needed <code>roles</code>, <code>approvers</code>, <code>financeApprover</code>, <code>delegate</code>. Who is not in it stays as they are.</p>
    <div class="field narrow"><label for="sheet">The sheet</label>
      <input class="input" id="sheet" type="file" accept=".csv,text/csv" ?disabled=${busy} @change=${(event) => read(event, context)}></div>
    ${problem(context, "sheet")}
    ${busy ? html`<p class="quiet" role="status">Reading the sheet.</p>` : nothing}
    ${result ? told(result) : nothing}
    ${result && !result.applied && result.problems.length === 0 && changes
      ? html`<div class="row"><button class="button main-action" type="button" ?disabled=${busy} @click=${() => session.importPeople(state.sheet.csv, false)}>${changes === 1 ? "Make this change" : `Make these ${changes} changes`}</button>
          <button class="button" type="button" @click=${() => session.forgetSheet()}>Leave it</button></div>`
      : nothing}
  </section>`;
}

function summary({ applied, added, changed, unchanged, problems }) {
  if (problems.length) return `${format.plural(problems.length, "problem", "problems")}: nothing was changed. Correct the sheet and choose it again.`;
  const parts = [`${added.length} added`, `${changed.length} changed`, `${unchanged} as before`];
  return `${applied ? "Done" : "It would mean"}: ${parts.join(", ")}.`;
}

function told(result) {
  const tone = result.problems.length ? "bad" : result.applied ? "good" : "";
  return html`<div class="notice ${tone}"><p>${summary(result)}</p>
    ${result.problems.length
      ? html`<ul class="plain">${result.problems.map(({ line, problem }) => html`<li>Line ${line}: ${problem}</li>`)}</ul>`
      : html`<ul class="plain">
          ${result.added.map((id) => html`<li><strong>${id}</strong> is new</li>`)}
          ${result.changed.map((one) => html`<li><strong>${one.employeeId}</strong>: ${one.differences.join("; ")}</li>`)}
        </ul>`}
  </div>`;
}

async function read(event, { session, store }) {
  const [file] = event.target.files;
  if (!file) return;
  const complain = (message) =>
    store.update(({ problems }) => ({ sheet: null, problems: { ...problems, sheet: { code: "TOO_LARGE", message } } }));
  const text = await file.text().catch(() => null);
  // The same file, corrected, can be chosen again.
  event.target.value = "";
  if (text === null) return complain("The file could not be read. Choose it again.");
  if (new Blob([text]).size > LARGEST_BYTES) return complain("The sheet is larger than 30 KB. Split it, approvers first, and bring in one part after the other.");
  session.importPeople(text, true);
}
