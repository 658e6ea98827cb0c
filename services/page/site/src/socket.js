// One WebSocket that is always there: connects, notices when it breaks, connects again, and says so. It knows
// messages as JSON, and nothing of what they mean.

const PROTOCOL = "sojourn.v1";
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;
// API Gateway ends every connection after 2 h; leaving before keeps the moment ours to choose.
const RENEW_MS = 110 * 60_000;
// Below what the server takes for a fresh token.
const FRESH_MS = 4 * 60_000;
const QUIET_MS = 45_000;
const PATIENCE_MS = 10_000;

/**
 * `token` is asked for a fresh one for every connection. `onOpen` is called after each connection, `onMessage` with
 * each message, `onState` with "connecting", "open" or "lost" and when it is tried again, `onEnded` when there is no
 * token to be had any more.
 */
export function createSocket({ url, token, onOpen, onMessage, onState, onEnded }) {
  let socket = null;
  // When the token of this connection was asked for.
  let signedAt = 0;
  let stopped = false;
  let failures = 0;
  let attempt = 0;
  const timers = [];

  const later = (work, ms) => timers.push(setTimeout(work, ms));
  const clear = () => timers.splice(0).forEach(clearTimeout);

  async function connect() {
    clear();
    if (stopped) return;
    attempt += 1;
    const mine = attempt;
    onState("connecting", null);
    const asked = Date.now();
    const { fresh, ended } = await token().then((fresh) => ({ fresh }), ({ ended }) => ({ ended }));
    // Somebody else tried again meanwhile.
    if (stopped || mine !== attempt) return;
    if (ended) return onEnded();
    if (!fresh) return lost();
    signedAt = asked;
    const opening = new WebSocket(url, [PROTOCOL, `bearer.${fresh}`]);
    socket = opening;
    opening.onopen = () => {
      failures = 0;
      onState("open", null);
      later(renew, RENEW_MS);
      listenForSilence();
      onOpen();
    };
    opening.onmessage = ({ data }) => {
      listenForSilence();
      const message = parse(data);
      if (message && message.type !== "pong") onMessage(message);
    };
    // A socket that was replaced has nothing to say any more.
    opening.onclose = () => opening === socket && lost();
  }

  function lost() {
    clear();
    socket = null;
    if (stopped) return;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
    // Half of it by chance: after an outage not everybody comes back in the same instant.
    const wait = pause / 2 + (Math.random() * pause) / 2;
    failures += 1;
    onState("lost", Date.now() + wait);
    later(connect, wait);
  }

  function renew() {
    const old = socket;
    socket = null;
    old?.close(1000);
    connect();
  }

  // A broken network does not always tell: whoever hears nothing asks, and without an answer connects anew.
  let silence = null;
  function listenForSilence() {
    clearTimeout(silence);
    silence = setTimeout(() => {
      if (!send({ action: "ping" })) return;
      silence = setTimeout(() => {
        const deaf = socket;
        socket = null;
        deaf?.close();
        lost();
      }, PATIENCE_MS);
    }, QUIET_MS);
  }

  /** Whether it could be handed over; what is not sent is the caller's to send again after `onOpen`. */
  function send(message) {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  function now() {
    if (stopped || socket) return;
    failures = 0;
    connect();
  }
  const whenVisible = () => document.visibilityState === "visible" && now();
  window.addEventListener("online", now);
  document.addEventListener("visibilitychange", whenVisible);

  connect();
  return {
    send,
    retry: now,
    /** Takes a new connection, with a new token, for the one there is. */
    renew,
    isFresh: () => Date.now() - signedAt < FRESH_MS,
    close() {
      stopped = true;
      clear();
      clearTimeout(silence);
      window.removeEventListener("online", now);
      document.removeEventListener("visibilitychange", whenVisible);
      socket?.close(1000);
      socket = null;
    },
  };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
