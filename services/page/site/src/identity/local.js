// The local cloud's sample people. Their tokens are worth nothing to a deployment.

const REMEMBERED = "sojourn.person";

export function localIdentity() {
  let name = null;
  return {
    async people() {
      const answer = await fetch("local/people");
      if (!answer.ok) throw new Error("the sample people could not be read");
      return answer.json();
    },
    async restore() {
      // Kept per tab: two tabs may be two people.
      name = sessionStorage.getItem(REMEMBERED);
      return name !== null;
    },
    async signIn(person) {
      name = person;
      sessionStorage.setItem(REMEMBERED, person);
    },
    async signOut() {
      name = null;
      sessionStorage.removeItem(REMEMBERED);
    },
    async token() {
      const answer = await fetch("local/sign-in", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name }),
      });
      // The cloud was started anew with other people.
      if (answer.status === 404) throw Object.assign(new Error("there is no such person"), { ended: true });
      if (!answer.ok) throw new Error("signing in failed");
      return (await answer.json()).token;
    },
  };
}
