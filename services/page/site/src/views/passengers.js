// Who travels, where it is more than one: each a colleague whose details are kept, or somebody whose details are
// entered here.

import { html, nothing } from "../../vendor/lit-html.js";
import { travellers } from "../bookings.js";
import { isBusy } from "../session.js";
import { nameOf } from "./parts.js";

const FIELDS = [
  ["givenName", "Given name, as in the passport", "text", "given-name"],
  ["familyName", "Family name, as in the passport", "text", "family-name"],
  ["bornOn", "Date of birth", "date", "bday"],
  ["email", "E-mail", "email", "email"],
  ["phone", "Phone, with country: +49…", "tel", "tel"],
];

export function passengers(context, booking) {
  const { state } = context;
  const count = travellers(booking);
  const busy = isBusy(state, booking.id, "set_passengers");
  return html`<form class="card stack" aria-labelledby="passengers-heading" @submit=${(event) => submit(event, context, booking, count)}>
    <div><h2 id="passengers-heading">Who travels</h2>
      <p class="small quiet">Tickets need the details of all ${count} travellers before the purchase. For colleagues we keep them already.</p></div>
    ${Array.from({ length: count }, (_, index) => passenger(context, index))}
    <div class="row">
      <button class="button" ?disabled=${busy}>${busy ? "Saving" : "Save travellers"}</button>
      ${saved(state, booking) ? html`<p class="badge good" role="status">Saved</p>` : nothing}
    </div>
  </form>`;
}

const saved = (state, booking) => state.passengersSaved[booking.id] === true;

function passenger({ state }, index) {
  const own = index === 0 ? state.me?.employeeId : "";
  const toggle = (event) => {
    const box = event.target.closest(".passenger");
    box.querySelector(".own").hidden = event.target.value !== "details";
    box.querySelector(".colleague").hidden = event.target.value === "details";
    box.querySelectorAll(".own input").forEach((input) => (input.disabled = event.target.value !== "details"));
    box.querySelector(".colleague input").disabled = event.target.value === "details";
  };
  const name = `passenger-${index}`;
  return html`<fieldset class="passenger">
    <legend>Traveller ${index + 1}${index === 0 ? html` <span class="quiet small">(you: ${nameOf(state, own)})</span>` : nothing}</legend>
    <div class="row">
      <label class="choice"><input type="radio" name="${name}-kind" value="employee" checked @change=${toggle}> A colleague</label>
      <label class="choice"><input type="radio" name="${name}-kind" value="details" @change=${toggle}> Somebody else</label>
    </div>
    <div class="colleague field">
      <label for="${name}-id">Employee id</label>
      <input class="input" id="${name}-id" name="${name}-id" required maxlength="200" autocomplete="off" value=${own ?? ""} list="colleagues">
    </div>
    <div class="own fields" hidden>${FIELDS.map(([field, label, type, autocomplete]) => html`<div class="field">
      <label for="${name}-${field}">${label}</label>
      <input class="input" id="${name}-${field}" name="${name}-${field}" type=${type} required disabled autocomplete="section-${name} ${autocomplete}"
        pattern=${type === "tel" ? "\\+[1-9][0-9]{6,14}" : nothing}>
    </div>`)}</div>
  </fieldset>`;
}

function submit(event, { session }, booking, count) {
  event.preventDefault();
  const data = new FormData(event.target);
  const list = Array.from({ length: count }, (_, index) => {
    const of = (field) => data.get(`passenger-${index}-${field}`)?.trim() ?? "";
    if (of("kind") === "employee") return { employee: of("id") };
    return { details: Object.fromEntries(FIELDS.map(([field]) => [field, of(field)])) };
  });
  session.passengers(booking, list);
}
