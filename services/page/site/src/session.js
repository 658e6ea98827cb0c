// What a signed-in person can do: every command, how it is kept until it is answered, and what frames do to the state.
// Knows the protocol; knows nothing of how anything looks.

import { apply, emptyBooking } from "./bookings.js";
import { officeAnswers, officeCommands } from "./office.js";
import { createSocket } from "./socket.js";
import { createExplorer } from "./explorer.js";
import { createPolicies } from "./policies.js";
import { createReadings } from "./readings.js";

// Decisions about money want a sign-in of a moment ago.
const MONEY = new Set(["decide_approval", "confirm_purchase", "confirm_cancellation", "resolve_attention", "set_budget"]);

export function createSession({ config, identity, store, router }) {
  let socket = null;
  // Holes already asked about, by booking, so that a burst of frames behind one asks once.
  const asked = new Map();
  // Bookings somebody looks at: after a broken connection their frames are asked for again.
  const followed = new Set();

  async function resume() {
    const people = await identity.people().catch(() => null);
    const isKnown = await identity.restore().catch(() => false);
    store.update(() => ({ people }));
    if (isKnown) open();
  }

  async function signIn(name) {
    try {
      await identity.signIn(name);
      open();
    } catch (error) {
      store.update(() => ({ signInError: `${error.message}. Try again.` }));
    }
  }

  async function signOut() {
    socket?.close();
    socket = null;
    followed.clear();
    asked.clear();
    readings.forget();
    await identity.signOut();
    store.reset();
    router.go("new");
  }

  function open() {
    store.update(() => ({ signedIn: true }));
    socket = createSocket({
      url: config.socket,
      token: () => identity.token(),
      onOpen,
      onMessage: receive,
      onState: (state, retryAt) => store.update(() => ({ connection: { state, retryAt } })),
      onEnded: ended,
    });
  }

  /** The identity provider gives no token any more. */
  async function ended() {
    await signOut();
    store.update(() => ({ signInError: "Your session has ended. Sign in again to go on; your bookings are as they were." }));
  }

  /** After every connection: nobody knows what was lost with the one before. */
  function onOpen() {
    asked.clear();
    readings.forget();
    send({ action: "who_am_i", actionId: id() });
    // Unanswered commands go again under their ids: what was carried out already is not carried out twice.
    Object.values(store.get().pending).forEach(({ command }) => socket.send(command));
    followed.forEach((booking) => fetchFrames(booking));
    refresh();
  }

  /** The lists that say what there is at all. */
  function refresh() {
    list();
    readings.read({ action: "list_approvals", actionId: id() });
  }

  const id = () => crypto.randomUUID();
  const send = (message) => socket?.send(message) ?? false;
  const readings = createReadings({ store, send });

  /** Sends a command and keeps it until it is answered; `about` says where a refusal is shown. */
  function command(message, about, extra = {}) {
    const key = message.actionId ?? message.requestId;
    store.update(({ pending, problems }) => ({
      pending: { ...pending, [key]: { command: message, about, ...extra } },
      problems: { ...problems, [about]: null },
    }));
    // A new connection has a fresh token, and sends what is unanswered.
    if (MONEY.has(message.action) && socket && !socket.isFresh()) socket.renew();
    else send(message);
  }

  function fetchFrames(booking) {
    const after = store.get().bookings[booking]?.sequence ?? 0;
    const message = { action: "resume", bookingId: booking, after };
    // Of a booking that is known already there may be nothing more to come.
    if (after > 0) send(message);
    else readings.read(message, { about: booking, isList: false });
  }

  function list(cursor) {
    const message = cursor ? { action: "list_bookings", cursor } : { action: "list_bookings" };
    const unread = () => store.update(({ list: known }) => ({ list: { ...known, loading: false, appending: false } }));
    if (readings.read(message, { unread })) store.update(({ list: known }) => ({ list: { ...known, loading: true } }));
  }

  /** A booking begun here is in the list at once; the server's own entry then takes its place. */
  function remember(bookingId, request) {
    const at = new Date().toISOString();
    store.update(({ list: known }) => {
      const others = (known.items ?? []).filter((item) => item.bookingId !== bookingId);
      const item = { bookingId, request, state: "requested", sequence: 0, createdAt: at, updatedAt: at };
      return { list: { ...known, items: [item, ...others] } };
    });
  }

  function receive(frame) {
    const handler = ANSWERS[frame.type];
    if (handler) handler(frame);
    else if (frame.bookingId) advance(frame);
  }

  /** A frame about a booking. */
  function advance(frame) {
    const before = store.get().bookings[frame.bookingId] ?? emptyBooking(frame.bookingId);
    const { booking, hole } = apply(before, frame);
    if (hole) {
      if (asked.get(booking.id) !== booking.sequence) {
        asked.set(booking.id, booking.sequence);
        fetchFrames(booking.id);
      }
      return;
    }
    if (booking === before) return;
    if (before.sequence === 0) readings.answered(booking.id);
    asked.delete(booking.id);
    store.update(({ bookings }) => ({ bookings: { ...bookings, [booking.id]: booking } }));
    settle(frame, booking);
  }

  /** What a frame changes elsewhere: the list, the inbox, names not known yet. */
  function settle(frame, booking) {
    const { list: known, me } = store.get();
    // Only the traveller is told of a cancellation.
    const isOwn = booking.cancels || booking.employeeId === me?.employeeId;
    if (isOwn && known.items && !known.items.some((item) => item.bookingId === booking.id)) list();
    const aboutApproval = ["approval_requested", "approval_decided", "approval_voided", "cancelled", "expired", "failed"];
    if (aboutApproval.includes(frame.type)) readings.read({ action: "list_approvals", actionId: id() });
    name([frame.approver, frame.employeeId, frame.by, frame.onBehalfOf]);
  }

  /** Asks for names that are not known yet; what the directory does not know stays an id. */
  function name(ids) {
    const { names } = store.get();
    const unknown = [...new Set(ids)].filter((one) => one && !(one in names)).slice(0, 50);
    if (unknown.length === 0) return;
    const marked = Object.fromEntries(unknown.map((one) => [one, null]));
    store.update(() => ({ names: { ...names, ...marked } }));
    send({ action: "name_people", actionId: id(), employees: unknown });
  }

  const learn = (people) =>
    store.update(({ names }) => ({
      names: { ...names, ...Object.fromEntries(people.map((person) => [person.employeeId, person.name])) },
    }));

  function done(key) {
    const entry = store.get().pending[key];
    if (!entry) return null;
    store.update(({ pending }) => {
      const { [key]: _, ...others } = pending;
      return { pending: others };
    });
    return entry;
  }

  /** Commands that are answered by a frame of their own kind rather than `accepted`. */
  function answeredBy(type) {
    const entries = Object.entries(store.get().pending);
    return entries.filter(([, entry]) => entry.answeredBy === type).map(([key]) => done(key));
  }

  /** Told that the sign-in is too old: the command goes again on a new connection, once, and nobody need know. */
  function againWithFreshToken({ code, actionId }) {
    const entry = store.get().pending[actionId];
    if (code !== "AUTH_FAILED" || !entry || entry.renewed) return false;
    store.update(({ pending }) => ({ pending: { ...pending, [actionId]: { ...entry, renewed: true } } }));
    socket.renew();
    return true;
  }

  const tools = { send, command, id, name, learn, answeredBy, readings, store, save, router };
  const office = officeCommands(tools);
  const policies = createPolicies({ config, store, readings, command, done, answeredBy, id });
  const explorer = createExplorer({ store, readings, command, answeredBy, id });

  const ANSWERS = {
    accepted(frame) {
      const entry = done(frame.actionId);
      if (frame.action === "set_passengers") {
        store.update(({ passengersSaved }) => ({ passengersSaved: { ...passengersSaved, [frame.bookingId]: true } }));
      }
      if (frame.action === "resolve_attention") office.showAttention(frame.bookingId);
      if (frame.action === "cancel_booking") entry?.onAccepted?.(frame.bookingId);
      if (frame.action !== "request_booking" || !entry) return;
      followed.add(frame.bookingId);
      remember(frame.bookingId, entry.command.text);
      fetchFrames(frame.bookingId);
      list();
      entry.onAccepted?.(frame.bookingId);
    },
    error(frame) {
      if (againWithFreshToken(frame)) return;
      const entry = frame.actionId ? done(frame.actionId) : null;
      const problem = { code: frame.code, message: frame.message, retryable: frame.retryable };
      if (!entry && readings.refused(frame, problem)) return;
      const about = entry?.about ?? "page";
      store.update(({ problems }) => ({ problems: { ...problems, [about]: problem } }));
      // What is shown was not what the server has: look again.
      if (entry?.command.bookingId) fetchFrames(entry.command.bookingId);
    },
    you_are(frame) {
      store.update(({ names }) => ({
        me: frame,
        names: frame.name ? { ...names, [frame.employeeId]: frame.name } : names,
      }));
    },
    people_named: ({ people }) => learn(people),
    bookings(frame) {
      readings.answered("list_bookings");
      const { list: known } = store.get();
      // A first page replaces what was known of it, a later one is put behind.
      const fresh = new Set(frame.items.map((item) => item.bookingId));
      const kept = (known.items ?? []).filter((item) => !fresh.has(item.bookingId));
      const items = [...frame.items, ...kept].sort((one, other) => other.createdAt.localeCompare(one.createdAt));
      const paged = !known.loaded || known.appending;
      store.update(() => ({
        list: { items, cursor: paged ? (frame.cursor ?? null) : known.cursor, loading: false, appending: false, loaded: true },
      }));
    },
    approvals({ items }) {
      readings.answered("list_approvals");
      store.update(() => ({ approvals: items }));
      name(items.map((item) => item.employeeId));
    },
    itinerary: ({ fileName, calendar }) => save(fileName, calendar, "text/calendar"),
    heartbeat() {},
    ...officeAnswers(tools),
    ...policies.answers,
    ...explorer.answers,
  };

  return {
    resume,
    signIn,
    signOut,
    retry: () => socket?.retry(),
    name,
    /** Shows a booking: all its frames, and those to come even over a broken connection. */
    follow(booking) {
      if (followed.has(booking)) return;
      followed.add(booking);
      fetchFrames(booking);
    },
    /** Asks once more for a booking that did not come. */
    lookAgain: fetchFrames,
    refresh,
    more() {
      const { list: known } = store.get();
      store.update(() => ({ list: { ...known, appending: true } }));
      list(known.cursor);
    },
    request(text, fields, about, onAccepted) {
      command({ action: "request_booking", requestId: id(), text, ...(fields && { fields }) }, about, { onAccepted });
    },
    clarify: (booking, text) =>
      command({ action: "clarify", actionId: id(), bookingId: booking.id, text, round: booking.question.round }, booking.id),
    passengers: (booking, passengers) =>
      command({ action: "set_passengers", actionId: id(), bookingId: booking.id, passengers }, booking.id),
    choose({ id: bookingId, question }, option) {
      const { decisionId, nonce } = question;
      const message = { action: "select_option", actionId: id(), bookingId, decisionId, nonce, optionId: option.id };
      command(message, bookingId);
    },
    approve: (booking, decision, comment) =>
      command(answer("decide_approval", booking, decision, comment ? { comment } : {}), booking.id),
    confirm: (booking, decision) => command(answer("confirm_purchase", booking, decision), booking.id),
    /** Of a confirmed trip this begins a cancellation of its own, which `accepted` names. */
    cancel(booking) {
      const onAccepted = (named) => {
        if (named === booking.id) return;
        list();
        router.go("trip", named);
      };
      command({ action: "cancel_booking", actionId: id(), bookingId: booking.id }, booking.id, { onAccepted });
    },
    confirmCancellation: (booking, decision) =>
      command(answer("confirm_cancellation", booking, decision), booking.id),
    itinerary: (booking) => send({ action: "get_itinerary", actionId: id(), bookingId: booking.id }),
    dismiss: (about) => store.update(({ problems }) => ({ problems: { ...problems, [about]: null } })),
    ...office,
    ...policies.commands,
    ...explorer.commands,
  };

  function answer(action, { id: bookingId, question }, decision, extra = {}) {
    const { decisionId, nonce, quoteHash } = question;
    return { action, actionId: id(), bookingId, decisionId, nonce, quoteHash, decision, ...extra };
  }
}

/** Whether a command about this booking is under way. */
export function isBusy(state, booking, ...actions) {
  return Object.values(state.pending).some(
    ({ command }) => command.bookingId === booking && (actions.length === 0 || actions.includes(command.action)),
  );
}

/** Whether a command about this person is under way. */
export function isEditing(state, employee) {
  return Object.values(state.pending).some(({ command }) => command.employeeId === employee);
}

function save(name, text, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
