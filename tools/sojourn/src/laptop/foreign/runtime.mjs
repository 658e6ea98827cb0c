// Runs a handler as Lambda does: asks the Runtime API for one event after another.

import { existsSync } from "node:fs";
import http from "node:http";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

// Not fetch: it gives up a request that waits long for its next event.
function ask(method, path, body) {
  return new Promise((answered, failed) => {
    const request = http.request(`${base}/${path}`, { method }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => (text += part));
      response.on("end", () => answered({ headers: response.headers, text }));
    });
    request.on("error", failed);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function described(error) {
  console.error(error);
  return { errorType: error?.name ?? "Error", errorMessage: error?.message ?? String(error) };
}

async function load() {
  const [file, name] = process.env._HANDLER.split(/\.(?=[^.]+$)/);
  const found = [".mjs", ".js", ".cjs"].map((ending) => resolve(file + ending)).find(existsSync);
  if (found === undefined) throw new Error(`there is no ${file}.mjs in ${process.cwd()}: build it first`);
  return (await import(pathToFileURL(found)))[name];
}

let handler;
try {
  handler = await load();
} catch (error) {
  await ask("POST", "init/error", described(error));
  process.exit(1);
}
for (;;) {
  const { headers, text } = await ask("GET", "invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  try {
    const answer = await handler(JSON.parse(text), { awsRequestId: id });
    await ask("POST", `invocation/${id}/response`, answer ?? null);
  } catch (error) {
    await ask("POST", `invocation/${id}/error`, described(error));
  }
}
