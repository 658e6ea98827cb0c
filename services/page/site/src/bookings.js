// What a booking looks like, from the frames about it. Pure: the same frames always give the same booking, so a
// device that was never there before shows the same as one that was there all along.

import { verdict } from "./cursors.js";

export function emptyBooking(id) {
  return {
    id,
    // The last frame taken.
    sequence: 0,
    // What happened, oldest first: {sequence, step, message, at}.
    steps: [],
    // What the booking waits for, if it waits for a person: {kind, …the frame's fields}.
    question: null,
    // How it ended: {kind, …}.
    outcome: null,
    // The options as last presented, and the one taken.
    options: null,
    chosen: null,
    // The newest approval asked for, with its answer.
    approval: null,
    approvals: [],
    // Whose trip it is; null while only the owner could know.
    employeeId: null,
    cancelling: false,
    // Whether it is there to cancel a trip, and which one, as soon as a frame says so.
    cancels: false,
    previousBooking: null,
  };
}

/** `{booking, hole}`: the booking after the frame; with `hole`, the frames behind `booking.sequence` are missing. */
export function apply(booking, frame) {
  switch (verdict(frame, booking.sequence)) {
    case "drop":
      return { booking, hole: false };
    case "hole":
      return { booking, hole: true };
    default: {
      const change = (CHANGES[frame.type] ?? unknown)(frame, booking);
      const sequence = frame.sequence ?? booking.sequence;
      const previousBooking = frame.previousBooking ?? booking.previousBooking;
      return { booking: { ...booking, ...change, sequence, previousBooking }, hole: false };
    }
  }
}

const CHANGES = {
  progress: (frame, booking) => ({
    ...step(booking, frame, frame.step, frame.message),
    // Whatever was asked has been settled, unless it is the wait itself that is reported.
    question: null,
    cancelling: booking.cancelling || frame.step === "cancel_requested",
    cancels: booking.cancels || frame.step === "cancellation_requested",
    // What a travel manager found out ends what needed attention.
    ...(frame.step === "attention_resolved" && { outcome: { kind: "attention_resolved", message: frame.message } }),
  }),
  clarification: (frame, booking) => ({
    ...step(booking, frame, "clarification", "A question back to you."),
    question: { kind: "clarify", ...frame },
  }),
  options: (frame, booking) => ({
    ...step(booking, frame, "options", options(frame.options.length)),
    options: frame.options,
    chosen: null,
    question: { kind: "choose", ...frame },
  }),
  approval_requested: (frame, booking) => ({
    ...step(booking, frame, "approval_requested", "Approval asked for."),
    chosen: frame.option,
    employeeId: frame.employeeId,
    approval: { ...frame, granted: null, by: null, voided: null },
    approvals: [...booking.approvals, frame.approver],
    question: { kind: "approve", ...frame },
  }),
  approval_decided: (frame, booking) => ({
    ...step(booking, frame, frame.granted ? "approved" : "declined", decided(frame), frame.bySilence ? null : frame.by),
    approval: booking.approval && { ...booking.approval, ...answer(frame) },
    question: null,
  }),
  approval_voided: (frame, booking) => ({
    ...step(booking, frame, "approval_voided", frame.message),
    approval: booking.approval && { ...booking.approval, voided: frame.message },
    question: null,
  }),
  purchase_confirmation_requested: (frame, booking) => ({
    ...step(booking, frame, "confirmation_requested", "Ready to buy."),
    chosen: frame.option,
    question: { kind: "confirm", ...frame },
  }),
  cancellation_confirmation_requested: (frame, booking) => ({
    ...step(booking, frame, "cancellation_confirmation_requested", "The suppliers’ conditions are known."),
    question: { kind: "cancel", ...frame },
  }),
  confirmed: ended("confirmed", "Confirmed."),
  kept: ended("kept"),
  failed: ended("failed"),
  cancelled: ended("cancelled"),
  expired: ended("expired"),
  needs_attention: ended("needs_attention"),
  answer: ended("answered", "Answered."),
};

function ended(kind, message) {
  return (frame, booking) => ({
    ...step(booking, frame, kind, message ?? frame.message),
    question: null,
    outcome: { ...frame, kind },
  });
}

const decided = ({ granted, bySilence }) =>
  bySilence ? "Approved, since nobody answered in time." : granted ? "Approved." : "Declined.";

const answer = ({ granted, by, onBehalfOf = null, bySilence = false }) => ({ granted, by, onBehalfOf, bySilence });

/** A kind of frame newer than this page: people still see that something happened. */
function unknown(frame, booking) {
  return { ...step(booking, frame, frame.type, frame.message ?? "A further step is done."), question: null };
}

function step(booking, frame, name, message, by = null) {
  const entry = { sequence: frame.sequence, step: name, message, at: frame.at ?? null, by };
  return { steps: [...booking.steps, entry] };
}

function options(count) {
  return count === 1 ? "1 option to choose from." : `${count} options to choose from.`;
}

/** For how many the chosen or offered trip is. */
export function travellers(booking) {
  const offers = booking.chosen ? [booking.chosen] : (booking.options ?? []);
  const counts = offers.flatMap((option) => option.legs).map(({ content }) => content.travellers ?? 0);
  return Math.max(1, ...counts);
}
