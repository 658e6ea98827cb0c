// The policy's versions, for travel managers: upload, compare drafted rules with their clauses, put in force.

import { html, nothing } from "../../vendor/lit-html.js";
import * as format from "../format.js";
import { href } from "../router.js";
import { empty, problem, reading, title } from "./parts.js";

const ABOUT = "upload";
const STATES = {
  pending: ["wait", "Waiting for the file"],
  processing: ["wait", "Being read"],
  ready: ["", "Ready"],
  active: ["good", "Active"],
  retired: ["", "Retired"],
  failed: ["bad", "Failed"],
};

export const policies = {
  title: () => "Policies",
  enter: ({ session }) => session.listPolicies(),
  spoken: ({ state }) => (state.policies?.[0] ? `${state.policies[0].fileName}: ${label(state.policies[0])}` : ""),
  view(context) {
    const { state, session } = context;
    return html`${title("Policies")}
      ${uploadForm(context)}
      ${reading(context, "list_policies", { awaited: "Loading the versions", again: () => session.listPolicies(), shown: state.policies && versions(state) })}`;
  },
};

function versions(state) {
  if (state.policies.length === 0) return empty("No policy yet", "Upload a Markdown or PDF document; nothing is in force before you activate it.");
  return html`<section class="card" aria-labelledby="versions"><h2 id="versions">Versions</h2>
    <ul class="list plain">${state.policies.map((item) => entry(state, item))}</ul></section>`;
}

function uploadForm(context) {
  const { state } = context;
  const asking = Object.values(state.pending).some(({ about }) => about === ABOUT);
  const busy = asking || state.upload;
  return html`<form class="card stack" @submit=${(event) => submit(event, context)}>
    <div class="field"><label for="policy-file">Upload a policy</label>
      <input class="input" type="file" id="policy-file" name="file" required accept=".md,.markdown,.pdf"></div>
    <div class="row apart"><p class="small quiet">Markdown or PDF with text, at most 10 MB. Where it has no typed rules, they are drafted for you to check.</p>
      <button class="button main-action" ?disabled=${busy}>${state.upload ? "Uploading" : "Upload"}</button></div>
    ${problem(context, ABOUT)}
  </form>`;
}

function submit(event, { session }) {
  event.preventDefault();
  const file = new FormData(event.target).get("file");
  if (!file?.name) return;
  session.uploadPolicy(file);
  event.target.reset();
}

const label = (item) => STATES[item.state]?.[1] ?? item.state;

function badge(item) {
  return html`<span class="badge ${STATES[item.state]?.[0] ?? ""}">${label(item)}</span>`;
}

function entry(state, item) {
  return html`<li><a class="item" href=${href("version", item.version)}>
    <span class="title">${item.fileName}</span>${badge(item)}
    <span class="about">${format.moment(item.uploadedAt, state.now)}: ${item.reason ?? about(item)}</span>
  </a></li>`;
}

function about(item) {
  if (item.state === "pending" || item.state === "processing") return item.version;
  const rules = item.rules ? `${format.plural(item.rules, "rule", "rules")}${item.draftedBy ? ", drafted" : ""}` : "no rules";
  return `${format.plural(item.clauses, "clause", "clauses")}, ${rules}`;
}

export const version = {
  title: () => "Policy version",
  enter({ session, route }) {
    session.showPolicy(route.id);
    session.listPolicies();
  },
  view(context) {
    const { state, route, session } = context;
    const detail = state.policyDetail?.policy.version === route.id ? state.policyDetail : null;
    return html`<p><a href=${href("policies")}>Policies</a></p>
      ${title(detail ? detail.policy.fileName : "Policy version")}
      ${problem(context, route.id)}
      ${reading(context, "show_policy", { awaited: "Loading the clauses", again: () => session.showPolicy(route.id), shown: detail && shown(context, detail) })}`;
  },
};

function shown(context, detail) {
  const { policy } = detail;
  return html`
    <section class="card stack"><div class="row apart"><p>${badge(policy)} ${about(policy)}</p>${activate(context, policy)}</div>
      ${policy.reason ? html`<p class="notice bad" role="status">${policy.reason}</p>` : nothing}
      ${policy.draftedBy
        ? html`<p class="small quiet">Nobody wrote these rules: ${policy.draftedBy === "model" ? "a model drafted them" : "they were drafted by patterns"} from the text. Compare each with its clause before you activate them.</p>`
        : nothing}
      ${detail.refused.length
        ? html`<details class="more"><summary>${format.plural(detail.refused.length, "draft was", "drafts were")} not taken</summary>
            <ul>${detail.refused.map((reason) => html`<li>${reason}</li>`)}</ul></details>`
        : nothing}
    </section>
    ${detail.clauses.map(clause)}
    ${detail.cursor
      ? html`<p><button class="button" type="button" @click=${() => context.session.moreOfPolicy(detail)}>More clauses</button></p>`
      : nothing}`;
}

function activate({ state, session }, policy) {
  if (!["ready", "retired"].includes(policy.state) || !policy.rules) return nothing;
  const busy = Object.values(state.pending).some(({ command }) => command.action === "activate_policy");
  return html`<button class="button main-action" type="button" ?disabled=${busy} @click=${() => session.activatePolicy(policy.version)}>
    ${busy ? "Activating" : "Activate"}</button>`;
}

function clause({ clause: number, section, page, text, rules, unheld = [] }) {
  return html`<section class="card halves" aria-label="Clause ${number}">
    <div><h2>${number} <span class="small quiet">${section}${page ? `, page ${page}` : ""}</span></h2><p class="words">${text}</p></div>
    <div class="stack">${rules.length
      ? html`<ul>${rules.map((rule) => html`<li>${rule.says}</li>`)}</ul>`
      : html`<p class="small quiet">No rule comes from it.</p>`}
      ${unheld.length ? html`<p class="notice">No rule holds ${unheld.map(format.money).join(", ")}.</p>` : nothing}</div>
  </section>`;
}
