// Flights and stays, as offered or as booked.

import { html, nothing } from "../../vendor/lit-html.js";
import * as format from "../format.js";
import { icon, money } from "./parts.js";

/** Flights there and back, or one way: `[[label, segments], …]`. */
export function ways(content) {
  if (content.kind !== "flight") return [];
  return [["Outbound", content.outbound], ["Return", content.inbound]].filter(([, segments]) => segments.length > 0);
}

/** From the first departure to the last arrival of one way, in minutes: segments and the waits between them. */
export function totalMinutes(segments) {
  const flown = segments.reduce((sum, segment) => sum + segment.durationMinutes, 0);
  const waits = segments.slice(1).map((segment, index) => {
    const arrived = segments[index].arrives.local;
    return Math.max(0, (Date.parse(`${segment.departs.local}Z`) - Date.parse(`${arrived}Z`)) / 60_000);
  });
  return flown + waits.reduce((sum, wait) => sum + wait, 0);
}

export function stops(segments) {
  if (segments.length === 1) return "Non-stop";
  const via = segments.slice(0, -1).map((segment) => segment.to);
  return `${format.plural(via.length, "stop", "stops")}, ${via.join(", ")}`;
}

export function way([label, segments]) {
  const [first, last] = [segments[0], segments.at(-1)];
  const late = format.daysBetween(first.departs.local, last.arrives.local);
  return html`<div class="way">
    <p class="label">${label} <span class="quiet">${format.day(first.departs.local)}</span></p>
    <div class="times">
      <span class="end"><time class="at">${format.time(first.departs.local)}</time><span class="code">${first.from}</span></span>
      <span class="path" aria-hidden="true"><span class="dots">${segments.slice(1).map(() => html`<i></i>`)}</span></span>
      <span class="unseen">to</span>
      <span class="end"><time class="at">${format.time(last.arrives.local)}${late > 0
        ? html`<sup><span class="unseen"> arriving </span>+${late}<span class="unseen"> days later</span></sup>`
        : nothing}</time><span class="code">${last.to}</span></span>
    </div>
    <p class="small quiet"><span class="whole">${format.duration(totalMinutes(segments))}</span> · <span class="whole">${stops(segments)}</span>
      · ${segments.map((segment, index) => html`${index ? ", " : nothing}<span class="whole">${segment.flight}</span>`)}</p>
  </div>`;
}

export function stay(content) {
  return html`<div class="stay">
    <p class="label">${icon("bed")}<span>${content.hotel}</span></p>
    <p class="small quiet"><span class="stars" role="img" aria-label="${content.stars} stars">${"★".repeat(content.stars)}</span>
      <span class="whole">${money(content.perNight)} a night</span> · <span class="whole">${format.plural(content.nights, "night", "nights")}</span>${content.rooms > 1 ? ` · ${content.rooms} rooms` : ""}</p>
    <p class="small quiet"><span class="whole">${format.day(content.checkIn)} to ${format.day(content.checkOut)}</span> · <span class="whole">${content.distanceKm} km</span> from the centre of ${content.place.city}</p>
  </div>`;
}

export function leg(content) {
  return content.kind === "flight" ? ways(content).map(way) : stay(content);
}
