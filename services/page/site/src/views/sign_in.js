// Who is there. Locally one of the sample people; a deployment's identity provider has a screen of its own.

import { html, nothing } from "../../vendor/lit-html.js";
import { logo } from "./parts.js";

const TASKS = {
  traveller: "Books trips",
  approver: "Books trips and approves those of others",
  travel_manager: "Looks after travel, its policy and what it costs",
  administrator: "Looks after travel, its policy and what it costs",
};

export function signIn(context) {
  const { state, session } = context;
  // Who is signed in already never sees the question, and nobody sees another one first.
  if (state.people === undefined) return html`<p class="starting">Sojourn</p>`;
  return html`<main class="welcome" id="main" tabindex="-1">
    <div class="pitch">
      <p class="brand">${logo}<span>Sojourn</span></p>
      <h1 id="title" tabindex="-1">Business travel from one plain sentence.</h1>
      <p class="quiet">Say where you need to be. Sojourn reads the travel policy, compares what there is, asks whoever must
        agree, and books every part of it, or none.</p>
    </div>
    <section class="card" aria-labelledby="who-heading">
      <h2 id="who-heading">${state.people ? "Who are you?" : "Sign in"}</h2>
      ${choices(state, session)}
      ${state.signInError ? html`<p class="notice bad" role="alert">${state.signInError}</p>` : nothing}
    </section>
  </main>`;
}

function choices({ people }, session) {
  if (!people) {
    return html`<p><button class="button main-action" type="button" @click=${() => session.signIn(null)}>Sign in with your company account</button></p>`;
  }
  return html`<p class="small quiet">This is a local cloud with sample people. Nothing here is booked for real.</p>
    <ul class="people">${people.map((person) => html`<li>
      <button type="button" class="person" @click=${() => session.signIn(person.name)}>
        <span class="initials" aria-hidden="true">${initials(person.fullName)}</span>
        <span><span class="name">${person.fullName}</span><span class="about">${TASKS[person.roles.at(-1)] ?? ""}</span></span>
      </button></li>`)}</ul>`;
}

function initials(name) {
  const words = name.split(" ").slice(1);
  return words.map((word) => word[0]).join("").slice(0, 2);
}
