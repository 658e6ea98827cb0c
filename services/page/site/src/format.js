// Amounts, times and codes as people read them. Times of travel are local to their place: they are shown as they are,
// never converted to the zone of whoever looks.

const LOCALE = "en-GB";

const NO_BREAK = "\u00a0";

/** `482.60 EUR`: as the sentences of the services, the clauses of a policy and the terminal have it. A symbol beside
 *  those would be a second way to write the same amount, and `$` would not say which dollars. */
export function money(amount, { signed = false } = {}) {
  if (!amount) return "";
  const parts = new Intl.NumberFormat(LOCALE, {
    style: "currency",
    currency: amount.currency,
    currencyDisplay: "code",
    // From five digits on: 1234.50, and 12,000.00.
    useGrouping: "min2",
    // Nothing saved is not less than nothing.
    signDisplay: signed ? "exceptZero" : "negative",
  }).formatToParts(Number(amount.amount));
  const number = parts.filter(({ type }) => type !== "currency" && type !== "literal").map(({ value }) => value);
  return `${number.join("")}${NO_BREAK}${amount.currency}`;
}

/** The difference of two amounts of one currency; null where it cannot be told. */
export function difference(amount, other) {
  if (!amount || !other || amount.currency !== other.currency) return null;
  const cents = Math.round(Number(amount.amount) * 100) - Math.round(Number(other.amount) * 100);
  return { amount: (cents / 100).toFixed(2), currency: amount.currency };
}

const clockFormat = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });

/** An instant, for whoever looks: `14:05`. */
export function clock(instant) {
  return clockFormat.format(new Date(instant));
}

/** `14:05`, with the day where it is not today. */
export function moment(instant, now = Date.now()) {
  const date = new Date(instant);
  const sameDay = date.toDateString() === new Date(now).toDateString();
  return sameDay ? clock(instant) : `${dayFormat.format(date)}, ${clock(instant)}`;
}

const dayFormat = new Intl.DateTimeFormat(LOCALE, { weekday: "short", day: "numeric", month: "short" });
const localDay = new Intl.DateTimeFormat(LOCALE, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const monthFormat = new Intl.DateTimeFormat(LOCALE, { month: "short", year: "numeric", timeZone: "UTC" });

/** A local date or date and time, `2026-12-03T07:10:00`, as a day: `Thu 3 Dec`. */
export function day(local) {
  return localDay.format(new Date(`${local.slice(0, 10)}T00:00:00Z`));
}

/** `2026-11` as `Nov 2026`. */
export function month(text) {
  return monthFormat.format(new Date(`${text}-01T00:00:00Z`));
}

/** The time of a local date and time: `07:10`. */
export function time(local) {
  return local.slice(11, 16);
}

/** Days from one local date to another: 1 for an arrival on the next day. */
export function daysBetween(from, to) {
  return Math.round((Date.parse(`${to.slice(0, 10)}T00:00Z`) - Date.parse(`${from.slice(0, 10)}T00:00Z`)) / 86_400_000);
}

/** `2 h 35 min` */
export function duration(minutes) {
  const hours = Math.floor(minutes / 60);
  const rest = Math.round(minutes % 60);
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** How long until an instant, roughly: `in 2 h`, `in 12 min`, `now`. */
export function until(instant, now) {
  const minutes = Math.floor((new Date(instant) - now) / 60_000);
  if (minutes < 0) return "overdue";
  if (minutes < 1) return "in less than a minute";
  if (minutes < 60) return `in ${minutes} min`;
  if (minutes < 48 * 60) return `in ${Math.round(minutes / 60)} h`;
  return `in ${Math.round(minutes / 1440)} days`;
}

/** How long something has been so: `3 h`, `2 days`. */
export function age(instant, now) {
  const minutes = Math.max(0, Math.floor((now - new Date(instant)) / 60_000));
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1440)} days`;
}

/** How long ago an instant was, roughly. */
export function ago(instant, now) {
  const minutes = Math.floor((now - new Date(instant)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return dayFormat.format(new Date(instant));
}

export function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

const CABINS = { economy: "Economy", premium_economy: "Premium economy", business: "Business", first: "First" };
export const cabin = (name) => CABINS[name] ?? name;

const APPROVERS = { L1: "your manager", L2: "your manager’s manager", Finance: "Finance" };

/** Whom an option needs: `your manager and Finance`. */
export function approvers(levels) {
  return levels.map((level) => APPROVERS[level] ?? level).join(" and ");
}

const STATES = {
  confirmed: ["Confirmed", "good"],
  failed: ["Not booked", "bad"],
  cancelled: ["Cancelled", "quiet"],
  kept: ["Kept", "quiet"],
  expired: ["Expired", "quiet"],
  needs_attention: ["Being looked after", "warn"],
  attention_resolved: ["Settled", "quiet"],
  answered: ["Answered", "quiet"],
  clarification_pending: ["Question for you", "ask"],
  options_presented: ["Choose an option", "ask"],
  approval_pending: ["Waiting for approval", "wait"],
  confirmation_pending: ["Ready to buy", "ask"],
  cancellation_pending: ["Cancel it?", "ask"],
};

/** Where it is a cancellation that ended so. */
const OF_CANCELLATIONS = { failed: ["Not cancelled", "bad"], expired: ["Not cancelled", "quiet"] };

/** A booking's state as `[words, tone]`. */
export function state(name, isCancellation = false) {
  return (isCancellation && OF_CANCELLATIONS[name]) || (STATES[name] ?? ["In progress", "wait"]);
}

/** What a booking's frames say of its state, in the server's words. */
export function stateOf(booking) {
  if (booking.outcome) return booking.outcome.kind;
  const waits = {
    clarify: "clarification_pending",
    choose: "options_presented",
    approve: "approval_pending",
    confirm: "confirmation_pending",
    cancel: "cancellation_pending",
  };
  return waits[booking.question?.kind] ?? "in_progress";
}

const COUNTRIES = new Intl.DisplayNames([LOCALE], { type: "region" });
export function country(code) {
  return code ? COUNTRIES.of(code) : "";
}
