// Clerk's session tokens, by Clerk's own script: it holds the session and refreshes it. Nothing of it is loaded
// unless the deployment's settings name it.

/** `{script, publishableKey}`, both from the deployment's settings. */
export function clerkIdentity({ script, publishableKey }) {
  const ready = load(script, publishableKey);
  return {
    // Clerk shows a screen of its own.
    people: async () => null,
    async restore() {
      return Boolean((await ready).session);
    },
    async signIn() {
      (await ready).redirectToSignIn({ redirectUrl: location.href });
    },
    async signOut() {
      await (await ready).signOut();
    },
    async token() {
      const token = await (await ready).session?.getToken({ skipCache: true });
      if (!token) throw Object.assign(new Error("the session has ended"), { ended: true });
      return token;
    },
  };
}

async function load(script, publishableKey) {
  await new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = script;
    element.crossOrigin = "anonymous";
    element.dataset.clerkPublishableKey = publishableKey;
    element.onload = resolve;
    element.onerror = () => reject(new Error("the sign-in service cannot be reached"));
    document.head.append(element);
  });
  await window.Clerk.load();
  return window.Clerk;
}
