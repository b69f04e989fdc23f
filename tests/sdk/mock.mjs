// What both SDKs' tests need: a mock of their own, and the requests that it counted.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * Starts `perigee mock` with the quick profile and these flags, and stops it when the test is over.
 *
 * @param {import("node:test").TestContext} t
 * @param {...string} flags
 * @returns {Promise<{url: string, stats: () => Promise<any>}>}
 */
export async function startMock(t, ...flags) {
  const command = process.env.PERIGEE;
  if (!command) throw new Error("PERIGEE: expected the path of the perigee binary");
  const child = spawn(command, ["mock", "--port", "0", "--profile", "fast", ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  t.after(() => {
    child.kill("SIGTERM");
    return ended;
  });
  const url = await readUrl(child);
  return { url, stats: async () => (await fetch(`${url}/__mock/stats`)).json() };
}

function readUrl(child) {
  return new Promise((resolve, reject) => {
    const said = [];
    child.on("error", reject);
    child.on("close", () => reject(new Error(`the mock did not start: ${said.join("\n")}`)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const found = /^perigee mock: (\S+), profile /.exec(line);
      if (found) resolve(found[1]);
    });
  });
}

/** All that an async iterable gives. */
export async function collect(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** What a promise is rejected with. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure, and there was none");
}

/** The schema of the tool that the tests call. */
export const CITY_SCHEMA = {
  type: "object",
  properties: { city: { type: "string" }, unit: { type: "string", enum: ["c", "f"] } },
  required: ["city", "unit"],
  additionalProperties: false,
};
