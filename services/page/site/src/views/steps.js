// What has happened so far, oldest first: each a line with its time where it is known.

import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { clock } from "../format.js";
import { nameOf } from "./parts.js";

const SHOWN = 5;

export function steps({ state }, booking) {
  const latest = booking.steps.at(-1)?.sequence;
  const live = !booking.outcome && !booking.question;
  const early = booking.steps.slice(0, -SHOWN);
  const line = (step) => html`<li class="step" data-sequence=${step.sequence}>
    <span class="mark ${step.sequence === latest && live ? "breathing" : ""}" aria-hidden="true"></span>
    <span>${step.message}${step.by ? html` <span class="quiet">${nameOf(state, step.by)}</span>` : nothing}</span>
    ${step.at ? html`<time datetime=${step.at}>${clock(step.at)}</time>` : html`<span></span>`}
  </li>`;
  return html`<aside class="steps" aria-labelledby="steps-heading">
    <h2 id="steps-heading">What has happened</h2>
    <div class="log" tabindex="0" role="group" aria-labelledby="steps-heading"><div>
    ${early.length
      ? html`<details class="earlier"><summary>${early.length} earlier</summary><ol>${repeat(early, (step) => step.sequence, line)}</ol></details>`
      : nothing}
    <ol>${repeat(booking.steps.slice(-SHOWN), (step) => step.sequence, line)}</ol>
    </div></div>
    ${booking.steps.length === 0 ? html`<p class="quiet small">The steps of this trip appear here as they happen.</p>` : nothing}
  </aside>`;
}
