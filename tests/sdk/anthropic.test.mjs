// @anthropic-ai/sdk against the mock.
import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import assert from "node:assert/strict";
import test from "node:test";

import { CITY_SCHEMA, collect, failure, startMock } from "./mock.mjs";

const MODEL = "claude-haiku-4-5";
const HELLO = { model: MODEL, max_tokens: 64, messages: [{ role: "user", content: "Hello" }] };
const TOOL = { name: "get_weather", description: "The weather in a city", input_schema: CITY_SCHEMA };
const THINKING = {
  ...HELLO,
  max_tokens: 2048,
  thinking: { type: "enabled", budget_tokens: 1024 },
};

function connect(mock, options = {}) {
  return new Anthropic({ apiKey: "sk-ant-test", baseURL: mock.url, maxRetries: 0, ...options });
}

async function start(t, ...flags) {
  const mock = await startMock(t, ...flags);
  return { mock, client: connect(mock) };
}

function assertCityInput(input) {
  assert.deepEqual(Object.keys(input).sort(), ["city", "unit"]);
  assert.equal(typeof input.city, "string");
  assert.ok(["c", "f"].includes(input.unit), input.unit);
}

test("a message is answered", async (t) => {
  const { client } = await start(t);
  const message = await client.messages.create(HELLO);
  assert.match(message.id, /^msg_01/);
  assert.equal(message.type, "message");
  assert.equal(message.role, "assistant");
  assert.equal(message.model, "claude-haiku-4-5-20251001");
  assert.equal(message.stop_reason, "end_turn");
  assert.equal(message.content[0].type, "text");
  assert.equal(message.content[0].text.trim().split(" ").length, 10);
  assert.equal(message.usage.output_tokens, 10);
  assert.ok(message.usage.input_tokens > 0);
  assert.match(message._request_id, /^req_/);
});

test("max_tokens cuts a message off", async (t) => {
  const { client } = await start(t);
  const message = await client.messages.create({ ...HELLO, max_tokens: 3 });
  assert.equal(message.stop_reason, "max_tokens");
  assert.equal(message.usage.output_tokens, 3);
});

test("a stream has the API's events in their order", async (t) => {
  const { client } = await start(t);
  const stream = await client.messages.create({ ...HELLO, stream: true });
  const types = (await collect(stream)).map((event) => event.type);
  assert.deepEqual(
    types.filter((type, i) => type !== types[i - 1]),
    [
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ],
  );
});

test("the stream helper gathers the message", async (t) => {
  const { client } = await start(t);
  const stream = client.messages.stream(HELLO);
  let text = "";
  stream.on("text", (delta) => (text += delta));
  const message = await stream.finalMessage();
  assert.equal(message.content[0].text, text);
  assert.equal(await stream.finalText(), text);
  assert.equal(message.usage.output_tokens, 10);
  assert.equal(message.stop_reason, "end_turn");
  assert.match(stream.request_id, /^req_/);
});

test("the same answer comes streamed and whole from the same seed", async (t) => {
  const whole = await (await start(t)).client.messages.create(HELLO);
  const streamed = await (await start(t)).client.messages.stream(HELLO).finalMessage();
  assert.deepEqual(streamed.content, whole.content);
  assert.equal(streamed.id, whole.id);
});

test("a tool is called by its schema, and its result answered with text", async (t) => {
  const { client } = await start(t);
  const asked = { ...HELLO, tools: [TOOL], tool_choice: { type: "any" }, max_tokens: 512 };
  const called = await client.messages.create(asked);
  assert.equal(called.stop_reason, "tool_use");
  const use = called.content.find((block) => block.type === "tool_use");
  assert.equal(use.name, "get_weather");
  assertCityInput(use.input);
  const result = { type: "tool_result", tool_use_id: use.id, content: "21 degrees" };
  const answered = await client.messages.create({
    ...asked,
    tool_choice: { type: "auto" },
    messages: [
      ...HELLO.messages,
      { role: "assistant", content: called.content },
      { role: "user", content: [result] },
    ],
  });
  assert.equal(answered.stop_reason, "end_turn");
  assert.equal(answered.content[0].type, "text");
});

test("a tool's input streams", async (t) => {
  const { client } = await start(t);
  const stream = client.messages.stream({
    ...HELLO,
    max_tokens: 512,
    tools: [TOOL],
    tool_choice: { type: "tool", name: "get_weather" },
  });
  let json = "";
  stream.on("inputJson", (delta) => (json += delta));
  const message = await stream.finalMessage();
  assert.deepEqual(message.content[0].input, JSON.parse(json));
  assertCityInput(message.content[0].input);
});

test("the tool runner runs a tool and comes to an end", async (t) => {
  const { client, mock } = await start(t);
  const inputs = [];
  const runner = client.beta.messages.toolRunner({
    ...HELLO,
    max_tokens: 512,
    thread: false, // The mock holds no conversations.
    tools: [
      betaTool({
        name: "get_weather",
        description: "The weather in a city",
        inputSchema: CITY_SCHEMA,
        run: (input) => {
          inputs.push(input);
          return "21 degrees";
        },
      }),
    ],
  });
  const message = await runner;
  assert.equal(message.stop_reason, "end_turn");
  assert.equal(inputs.length, 1);
  assertCityInput(inputs[0]);
  assert.equal((await mock.stats()).requests, 2);
});

test("a model that thinks shows it, and signs it", async (t) => {
  const { client } = await start(t);
  const message = await client.messages.create(THINKING);
  assert.deepEqual(
    message.content.map((block) => block.type),
    ["thinking", "text"],
  );
  assert.ok(message.content[0].thinking.length > 0);
  assert.ok(message.content[0].signature.length > 0);
  assert.equal(message.usage.output_tokens, 15);
});

test("thinking streams before the text", async (t) => {
  const { client } = await start(t);
  const stream = client.messages.stream(THINKING);
  const heard = [];
  let thinking = "";
  stream.on("thinking", (delta) => {
    thinking += delta;
    heard.push("thinking");
  });
  stream.on("signature", () => heard.push("signature"));
  stream.on("text", () => heard.push("text"));
  const message = await stream.finalMessage();
  assert.equal(message.content[0].thinking, thinking);
  assert.deepEqual(
    heard.filter((kind, i) => kind !== heard[i - 1]),
    ["thinking", "signature", "text"],
  );
});

test("a long prompt is written to the cache once, then read", async (t) => {
  const { client } = await start(t);
  const text = "All work and no play makes Jack a dull boy. ".repeat(500);
  const asked = {
    ...HELLO,
    system: [{ type: "text", text, cache_control: { type: "ephemeral" } }],
  };
  const first = (await client.messages.create(asked)).usage;
  const second = (await client.messages.create(asked)).usage;
  assert.ok(first.cache_creation_input_tokens > 4096);
  assert.equal(first.cache_read_input_tokens, 0);
  assert.equal(second.cache_creation_input_tokens, 0);
  assert.equal(second.cache_read_input_tokens, first.cache_creation_input_tokens);
});

test("tokens are counted as a message is charged for them", async (t) => {
  const { client } = await start(t);
  const { max_tokens, ...prompt } = HELLO;
  const counted = await client.messages.countTokens(prompt);
  const message = await client.messages.create(HELLO);
  assert.equal(counted.input_tokens, message.usage.input_tokens);
});

test("models are listed by pages and found by alias", async (t) => {
  const { client } = await start(t);
  const paged = await collect(client.models.list({ limit: 3 }));
  const whole = await client.models.list();
  assert.ok(paged.length > 3);
  assert.deepEqual(
    paged.map((model) => model.id),
    whole.data.map((model) => model.id),
  );
  const model = await client.models.retrieve(MODEL);
  assert.equal(model.id, "claude-haiku-4-5-20251001");
  assert.equal(model.type, "model");
});

// ---- errors

function assertApiError(error, Type, status, type) {
  assert.ok(error instanceof Type, `${error}`);
  assert.ok(error instanceof Anthropic.APIError);
  assert.equal(error.status, status);
  if (type === undefined) return;
  assert.equal(error.error.error.type, type);
  assert.match(error.requestID, /^req_/);
  assert.equal(error.error.request_id, error.requestID);
}

test("a wrong request is refused", async (t) => {
  const { client } = await start(t);
  const error = await failure(client.messages.create({ ...HELLO, messages: [] }));
  assertApiError(error, Anthropic.BadRequestError, 400, "invalid_request_error");
  assert.match(error.message, /messages/);
});

test("a request without a key is refused, and one with two", async (t) => {
  const { mock } = await start(t);
  for (const defaultHeaders of [{ authorization: null }, { "x-api-key": "another" }]) {
    const error = await failure(connect(mock, { defaultHeaders }).messages.create(HELLO));
    assertApiError(error, Anthropic.AuthenticationError, 401, "authentication_error");
  }
});

test("a model that does not exist is not found", async (t) => {
  const { client } = await start(t);
  const asked = { ...HELLO, model: "missing-model" };
  const error = await failure(client.messages.create(asked));
  assertApiError(error, Anthropic.NotFoundError, 404, "not_found_error");
  assertApiError(
    await failure(client.models.retrieve("missing-model")),
    Anthropic.NotFoundError,
    404,
    "not_found_error",
  );
});

// Statuses, the SDK's class for each, and the API's type; none where the edge answers.
const STATUSES = [
  [400, "BadRequestError", "invalid_request_error"],
  [401, "AuthenticationError", "authentication_error"],
  [403, "PermissionDeniedError", "permission_error"],
  [404, "NotFoundError", "not_found_error"],
  [409, "ConflictError", "conflict_error"],
  [422, "UnprocessableEntityError", "invalid_request_error"],
  [429, "RateLimitError", "rate_limit_error"],
  [500, "InternalServerError", "api_error"],
  [503, "InternalServerError", undefined],
  [504, "InternalServerError", "timeout_error"],
  [529, "InternalServerError", "overloaded_error"],
];

for (const [status, name, type] of STATUSES) {
  test(`status ${status} is thrown as a ${name}`, async (t) => {
    const { client } = await start(t, "--faults", `${status}=100%`);
    const error = await failure(client.messages.create(HELLO));
    assertApiError(error, Anthropic[name], status, type);
    const streamed = await failure(client.messages.stream(HELLO).finalMessage());
    assertApiError(streamed, Anthropic[name], status, type);
  });
}

test("overload in the middle of a stream is thrown while it is read", async (t) => {
  const { client, mock } = await start(t, "--faults", "stream-error:overloaded_error:event=6=100%");
  const stream = await client.messages.create({ ...HELLO, stream: true });
  const events = [];
  const error = await failure(
    (async () => {
      for await (const event of stream) events.push(event.type);
    })(),
  );
  assert.ok(error instanceof Anthropic.APIError, `${error}`);
  assert.equal(error.error.error.type, "overloaded_error");
  assert.ok(events.includes("content_block_delta"));
  assert.ok(!events.includes("message_stop"));
  assert.equal((await mock.stats()).requests, 1);
});

// ---- retries

test("overload is tried again, as often as asked", async (t) => {
  const { mock } = await start(t, "--faults", "529#1,529#2,529#3");
  const error = await failure(connect(mock, { maxRetries: 1 }).messages.create(HELLO));
  assertApiError(error, Anthropic.InternalServerError, 529, "overloaded_error");
  assert.equal((await mock.stats()).requests, 2);
  const message = await connect(mock, { maxRetries: 1 }).messages.create(HELLO);
  assert.equal(message.stop_reason, "end_turn");
  assert.equal((await mock.stats()).requests, 4);
});

test("a limited request waits for as long as retry-after says", async (t) => {
  const { mock } = await start(t, "--faults", "429#1");
  const begun = performance.now();
  const message = await connect(mock, { maxRetries: 2 }).messages.create(HELLO);
  assert.equal(message.stop_reason, "end_turn");
  assert.ok(performance.now() - begun >= 950);
  assert.equal((await mock.stats()).requests, 2);
});

test("what is wrong with the request is not tried again", async (t) => {
  const { mock } = await start(t);
  await failure(connect(mock, { maxRetries: 2 }).messages.create({ ...HELLO, max_tokens: -1 }));
  assert.equal((await mock.stats()).requests, 1);
});

test("limits are told in headers, and kept", async (t) => {
  const { client } = await start(t, "--limits", "rpm=2,itpm=100000,otpm=100000");
  const { response } = await client.messages.create(HELLO).withResponse();
  assert.equal(response.headers.get("anthropic-ratelimit-requests-limit"), "2");
  assert.equal(response.headers.get("anthropic-ratelimit-requests-remaining"), "1");
  assert.ok(Date.parse(response.headers.get("anthropic-ratelimit-requests-reset")) > 0);
  await client.messages.create(HELLO);
  const error = await failure(client.messages.create(HELLO));
  assertApiError(error, Anthropic.RateLimitError, 429, "rate_limit_error");
  assert.ok(Number(error.headers.get("retry-after")) > 0);
});

// ---- batches

const BATCH = {
  requests: [
    { custom_id: "first", params: HELLO },
    { custom_id: "second", params: HELLO },
    { custom_id: "streams", params: { ...HELLO, stream: true } },
  ],
};

async function untilEnded(client, id) {
  for (;;) {
    const batch = await client.messages.batches.retrieve(id);
    if (batch.processing_status === "ended") return batch;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a batch is created, worked on, read and deleted", async (t) => {
  const { client } = await start(t, "--batch-duration", "1m", "--batch-speed", "100");
  const { batches } = client.messages;
  const created = await batches.create(BATCH);
  assert.match(created.id, /^msgbatch_/);
  assert.equal(created.processing_status, "in_progress");
  assert.equal(created.request_counts.processing, 3);
  assert.equal(created.results_url, null);
  assert.ok(Date.parse(created.expires_at) > Date.parse(created.created_at));
  await assert.rejects(batches.results(created.id), Anthropic.AnthropicError);
  await assert.rejects(batches.delete(created.id), Anthropic.BadRequestError);

  const ended = await untilEnded(client, created.id);
  assert.deepEqual(ended.request_counts, {
    processing: 0,
    succeeded: 2,
    errored: 1,
    canceled: 0,
    expired: 0,
  });
  const results = await collect(await batches.results(created.id));
  const byId = new Map(results.map((line) => [line.custom_id, line.result]));
  assert.equal(byId.size, 3);
  assert.equal(byId.get("first").type, "succeeded");
  assert.equal(byId.get("first").message.usage.output_tokens, 10);
  assert.notEqual(byId.get("first").message.id, byId.get("second").message.id);
  assert.equal(byId.get("streams").type, "errored");
  assert.equal(byId.get("streams").error.error.type, "invalid_request_error");
  assert.deepEqual(await collect(await batches.results(created.id)), results);

  const deleted = await batches.delete(created.id);
  assert.equal(deleted.type, "message_batch_deleted");
  await assert.rejects(batches.retrieve(created.id), Anthropic.NotFoundError);
});

test("a batch is canceled", async (t) => {
  const { client } = await start(t, "--batch-duration", "1h", "--batch-speed", "100");
  const { id } = await client.messages.batches.create(BATCH);
  const canceled = await client.messages.batches.cancel(id);
  assert.equal(canceled.processing_status, "canceling");
  assert.notEqual(canceled.cancel_initiated_at, null);
  const ended = await untilEnded(client, id);
  assert.equal(ended.request_counts.canceled, 3);
  const results = await collect(await client.messages.batches.results(id));
  assert.deepEqual(new Set(results.map((line) => line.result.type)), new Set(["canceled"]));
});

test("batches are listed by pages, newest first", async (t) => {
  const { client } = await start(t);
  const ids = [];
  for (let i = 0; i < 3; ++i) ids.unshift((await client.messages.batches.create(BATCH)).id);
  const listed = await collect(client.messages.batches.list({ limit: 2 }));
  assert.deepEqual(
    listed.map((batch) => batch.id),
    ids,
  );
});

test("a wrong batch is refused", async (t) => {
  const { client } = await start(t);
  const error = await failure(client.messages.batches.create({ requests: [] }));
  assertApiError(error, Anthropic.BadRequestError, 400, "invalid_request_error");
});
