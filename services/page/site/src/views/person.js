// One person of the directory: what is known, changed by hand; who decides for them while they are away; forgetting.

import { html, nothing } from "../../vendor/lit-html.js";
import * as format from "../format.js";
import { href } from "../router.js";
import { isEditing } from "../session.js";
import { nameOf, problem, reading, title } from "./parts.js";
import { ROLES } from "./people.js";

const LEVELS = ["L1", "L2", "L3", "L4", "L5"];

export const person = {
  title: ({ state, route }) => nameOf(state, route.id) ?? "Person",
  enter: ({ session, route }) => session.showPerson(route.id),
  spoken: ({ state }) => state.personDone ?? "",
  view(context) {
    const { state, route, session } = context;
    const one = state.person?.employeeId === route.id ? state.person : null;
    const back = html`<p><a href=${href("people")}>People</a></p>`;
    if (!one) {
      return html`${back}${title("Person")}
        ${reading(context, "show_person", { awaited: "Loading the person", again: () => session.showPerson(route.id) })}`;
    }
    const busy = isEditing(state, one.employeeId);
    return html`${back}
      <div class="row apart">${title(one.name)}<span class="quiet">${one.employeeId}</span></div>
      ${problem(context, one.employeeId)}
      ${state.personDone ? html`<p class="notice good" role="status">${state.personDone}</p>` : nothing}
      ${details(context, one, busy)}
      ${absence(context, one, busy)}
      ${forget(context, one, busy)}`;
  },
};

const field = (id, label, value, more = {}) => html`<div class="field"><label for=${id}>${label}</label>
  <input class="input" id=${id} name=${id} .value=${value ?? ""} ?required=${more.required ?? true} list=${more.list ?? nothing}
    maxlength="200" autocomplete="off" aria-describedby=${more.hint ? `${id}-hint` : nothing}>
  ${more.hint ? html`<p class="hint" id="${id}-hint">${more.hint}</p>` : nothing}</div>`;

function details(context, one, busy) {
  const { session, state } = context;
  const submit = (event) => {
    event.preventDefault();
    const change = difference(one, new FormData(event.target));
    if (Object.keys(change).length) session.changePerson(one.employeeId, change);
  };
  return html`<form class="card stack" aria-labelledby="details-heading" @submit=${submit}>
    <h2 id="details-heading">Details</h2>
    <datalist id="colleagues">${(state.directory.items ?? []).map((each) => html`<option value=${each.employeeId}>${each.name}</option>`)}</datalist>
    <div class="fields">
      ${field("name", "Name", one.name)}
      <div class="field"><label for="level">Level</label><select class="input" id="level" name="level">
        ${LEVELS.map((level) => html`<option ?selected=${level === one.level}>${level}</option>`)}</select></div>
      ${field("costCentre", "Cost centre", one.costCentre)}
      ${field("approvers", "Approvers", one.approvers.join(" "), { required: false, hint: "Ids, first L1, then L2, a space between" })}
      ${field("financeApprover", "Approver of Finance", one.financeApprover, { required: false, list: "colleagues" })}
      ${field("zone", "Time zone", one.zone, { hint: "As in Europe/Berlin" })}
      ${field("locale", "Language", one.locale, { hint: "As in en-GB" })}
    </div>
    <fieldset class="passenger"><legend>Roles</legend><div class="row">
      ${ROLES.map(([role, label]) => html`<label class="choice"><input type="checkbox" name="roles" value=${role} ?checked=${one.roles.includes(role)}
        ?disabled=${role === "traveller"}> ${label}</label>`)}</div></fieldset>
    <div class="row"><button class="button main-action" ?disabled=${busy}>${busy ? "Saving" : "Save"}</button></div>
  </form>`;
}

/** What of the form is not as it was. */
function difference(one, data) {
  const change = {};
  for (const name of ["name", "level", "costCentre", "zone", "locale"]) {
    const value = data.get(name).trim();
    if (value !== one[name]) change[name] = value;
  }
  const finance = data.get("financeApprover").trim();
  if (finance && finance !== one.financeApprover) change.financeApprover = finance;
  const approvers = data.get("approvers").split(/[\s,;]+/).filter(Boolean);
  if (approvers.join() !== one.approvers.join()) change.approvers = approvers;
  const roles = ROLES.map(([role]) => role).filter((role) => role === "traveller" || data.getAll("roles").includes(role));
  if (roles.join() !== ROLES.map(([role]) => role).filter((role) => one.roles.includes(role)).join()) change.roles = roles;
  return change;
}

function absence(context, one, busy) {
  const { session, state } = context;
  const submit = (event) => {
    event.preventDefault();
    const data = new FormData(event.target);
    const instant = (name) => (data.get(name) ? new Date(data.get(name)).toISOString() : null);
    session.delegatePerson(one.employeeId, { to: data.get("delegate").trim(), from: instant("from"), until: instant("until") });
  };
  return html`<form class="card stack" aria-labelledby="away-heading" @submit=${submit}>
    <h2 id="away-heading">While they are away</h2>
    ${one.delegate
      ? html`<p>${nameOf(state, one.delegate)} decides for them${one.awayFrom ? html` from ${format.moment(one.awayFrom, state.now)}` : nothing}${one.awayUntil ? html` until ${format.moment(one.awayUntil, state.now)}` : nothing}.</p>`
      : html`<p class="quiet">Nobody decides for them.</p>`}
    <div class="fields">
      ${field("delegate", "Who decides", "", { list: "colleagues" })}
      <div class="field"><label for="from">From</label><input class="input" type="datetime-local" id="from" name="from"></div>
      <div class="field"><label for="until">Until</label><input class="input" type="datetime-local" id="until" name="until"></div>
    </div>
    <div class="row"><button class="button" ?disabled=${busy}>Let them decide</button>
      ${one.delegate ? html`<button class="button" type="button" ?disabled=${busy} @click=${() => session.delegatePerson(one.employeeId, {})}>Nobody any more</button>` : nothing}</div>
  </form>`;
}

/** Cannot be taken back, so it takes more than a click. */
function forget(context, one, busy) {
  const submit = (event) => {
    event.preventDefault();
    if (new FormData(event.target).get("confirmation").trim() === one.employeeId) context.session.erasePerson(one.employeeId);
  };
  return html`<details class="card more"><summary>Forget this person</summary>
    <form class="stack" @submit=${submit}>
      <p>Their passenger details and everything they wrote become unreadable, for good, and they leave the directory.
        Bookings, money and the audit trail keep their id and nothing else. It is refused while they still travel or others need them.</p>
      ${field("confirmation", `To go on, type ${one.employeeId}`, "")}
      <div class="row"><button class="button danger" ?disabled=${busy}>Forget them</button></div>
    </form></details>`;
}
