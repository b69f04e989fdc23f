// openai against the mock.
import assert from "node:assert/strict";
import test from "node:test";
import OpenAI from "openai";

import { CITY_SCHEMA, collect, failure, startMock } from "./mock.mjs";

const MODEL = "gpt-5-mini";
const CHAT = { model: MODEL, messages: [{ role: "user", content: "Hello" }] };
const RESPONSE = { model: MODEL, input: "Hello" };
const WEATHER = {
  name: "get_weather",
  description: "The weather in a city",
  parameters: CITY_SCHEMA,
  strict: true,
};
const CHAT_TOOL = { type: "function", function: WEATHER };
const RESPONSE_TOOL = { type: "function", ...WEATHER };

function connect(mock, options = {}) {
  return new OpenAI({ apiKey: "sk-test", baseURL: `${mock.url}/v1`, maxRetries: 0, ...options });
}

async function start(t, ...flags) {
  const mock = await startMock(t, ...flags);
  return { mock, client: connect(mock) };
}

function assertCityInput(json) {
  const input = JSON.parse(json);
  assert.deepEqual(Object.keys(input).sort(), ["city", "unit"]);
  assert.ok(["c", "f"].includes(input.unit), input.unit);
}

// ---- chat completions

test("a chat is answered", async (t) => {
  const { client } = await start(t);
  const completion = await client.chat.completions.create(CHAT);
  assert.match(completion.id, /^chatcmpl-/);
  assert.equal(completion.object, "chat.completion");
  assert.equal(completion.model, MODEL);
  assert.ok(Math.abs(completion.created - Date.now() / 1000) < 60);
  const [choice] = completion.choices;
  assert.equal(choice.finish_reason, "stop");
  assert.equal(choice.message.role, "assistant");
  assert.equal(choice.message.content.trim().split(" ").length, 10);
  assert.equal(completion.usage.completion_tokens, 10);
  assert.equal(
    completion.usage.total_tokens,
    completion.usage.prompt_tokens + completion.usage.completion_tokens,
  );
  assert.match(completion._request_id, /^req_/);
});

test("a chat streams, its usage last where it is asked for", async (t) => {
  const { client } = await start(t);
  const asked = { ...CHAT, stream: true, stream_options: { include_usage: true } };
  const chunks = await collect(await client.chat.completions.create(asked));
  const choices = chunks.slice(0, -1).map((chunk) => chunk.choices[0]);
  assert.equal(choices[0].delta.role, "assistant");
  assert.equal(choices.at(-1).finish_reason, "stop");
  assert.deepEqual(choices.at(-1).delta, {});
  assert.ok(choices.slice(0, -1).every((choice) => choice.finish_reason === null));
  assert.deepEqual(chunks.at(-1).choices, []);
  assert.equal(chunks.at(-1).usage.completion_tokens, 10);
  assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null));
  assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1);
});

test("the chat's stream helper gathers the completion", async (t) => {
  const { client } = await start(t);
  const stream = client.chat.completions.stream(CHAT);
  let content = "";
  stream.on("content", (delta) => (content += delta));
  const completion = await stream.finalChatCompletion();
  assert.equal(completion.choices[0].message.content, content);
  assert.equal(completion.choices[0].finish_reason, "stop");
});

test("the same chat comes streamed and whole from the same seed", async (t) => {
  const whole = await (await start(t)).client.chat.completions.create(CHAT);
  const stream = (await start(t)).client.chat.completions.stream(CHAT);
  const streamed = await stream.finalChatCompletion();
  assert.equal(streamed.id, whole.id);
  assert.equal(streamed.choices[0].message.content, whole.choices[0].message.content);
});

test("max_completion_tokens cuts a chat off", async (t) => {
  const { client } = await start(t);
  const completion = await client.chat.completions.create({ ...CHAT, max_completion_tokens: 3 });
  assert.equal(completion.choices[0].finish_reason, "length");
  assert.equal(completion.usage.completion_tokens, 3);
});

test("reasoning is counted, and not shown", async (t) => {
  const { client } = await start(t);
  const completion = await client.chat.completions.create({ ...CHAT, reasoning_effort: "low" });
  assert.equal(completion.usage.completion_tokens, 15);
  assert.equal(completion.usage.completion_tokens_details.reasoning_tokens, 5);
  assert.equal(completion.choices[0].message.content.trim().split(" ").length, 10);
});

test("a chat calls a tool by its schema", async (t) => {
  const { client } = await start(t);
  const completion = await client.chat.completions.create({
    ...CHAT,
    tools: [CHAT_TOOL],
    tool_choice: "required",
  });
  const [choice] = completion.choices;
  assert.equal(choice.finish_reason, "tool_calls");
  assert.equal(choice.message.content, null);
  const [call] = choice.message.tool_calls;
  assert.match(call.id, /^call_/);
  assert.equal(call.function.name, "get_weather");
  assertCityInput(call.function.arguments);
});

test("a chat's tool call streams", async (t) => {
  const { client } = await start(t);
  const stream = client.chat.completions.stream({
    ...CHAT,
    tools: [CHAT_TOOL],
    tool_choice: { type: "function", function: { name: "get_weather" } },
  });
  const completion = await stream.finalChatCompletion();
  const [choice] = completion.choices;
  assert.equal(choice.finish_reason, "tool_calls");
  assert.equal(choice.message.tool_calls.length, 1);
  assertCityInput(choice.message.tool_calls[0].function.arguments);
});

test("the tool runner runs a tool and comes to an end", async (t) => {
  const { client, mock } = await start(t);
  const cities = [];
  const runner = client.chat.completions.runTools({
    ...CHAT,
    tools: [
      {
        type: "function",
        function: {
          ...WEATHER,
          parse: JSON.parse,
          function: ({ city }) => {
            cities.push(city);
            return "21 degrees";
          },
        },
      },
    ],
  });
  const content = await runner.finalContent();
  assert.ok(content.length > 0);
  assert.equal(cities.length, 1);
  assert.equal((await mock.stats()).requests, 2);
});

// ---- responses

test("a response is made", async (t) => {
  const { client } = await start(t);
  const response = await client.responses.create(RESPONSE);
  assert.match(response.id, /^resp_/);
  assert.equal(response.object, "response");
  assert.equal(response.status, "completed");
  assert.equal(response.model, MODEL);
  assert.equal(response.output[0].type, "message");
  assert.equal(response.output_text.trim().split(" ").length, 10);
  assert.equal(response.usage.output_tokens, 10);
  assert.match(response._request_id, /^req_/);
});

test("a response streams the API's events in their order", async (t) => {
  const { client } = await start(t);
  const events = await collect(await client.responses.create({ ...RESPONSE, stream: true }));
  assert.deepEqual(
    events.map((event) => event.sequence_number),
    events.map((_, i) => i),
  );
  const types = events.map((event) => event.type);
  assert.deepEqual(
    types.filter((type, i) => type !== types[i - 1]),
    [
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ],
  );
});

test("the responses' stream helper gathers the response", async (t) => {
  const { client } = await start(t);
  const stream = client.responses.stream(RESPONSE);
  let text = "";
  stream.on("response.output_text.delta", (event) => (text += event.delta));
  const response = await stream.finalResponse();
  assert.equal(response.output_text, text);
  assert.equal(response.status, "completed");
  assert.equal(response.usage.output_tokens, 10);
});

test("the same response comes streamed and whole from the same seed", async (t) => {
  const asked = { ...RESPONSE, reasoning: { effort: "low", summary: "auto" } };
  const whole = await (await start(t)).client.responses.create(asked);
  const streamed = await (await start(t)).client.responses.stream(asked).finalResponse();
  assert.equal(streamed.output_text, whole.output_text);
  assert.deepEqual(
    streamed.output.map((item) => [item.type, item.id]),
    whole.output.map((item) => [item.type, item.id]),
  );
});

test("max_output_tokens leaves a response incomplete", async (t) => {
  const { client } = await start(t, "--tokens", "100");
  const asked = { ...RESPONSE, max_output_tokens: 16 };
  const response = await client.responses.create(asked);
  assert.equal(response.status, "incomplete");
  assert.equal(response.incomplete_details.reason, "max_output_tokens");
  const streamed = await client.responses.stream(asked).finalResponse();
  assert.equal(streamed.status, "incomplete");
  assert.equal(streamed.usage.output_tokens, 16);
});

test("reasoning is an item of its own, with a summary where it is asked for", async (t) => {
  const { client } = await start(t);
  const hidden = await client.responses.create({ ...RESPONSE, reasoning: { effort: "low" } });
  assert.deepEqual(
    hidden.output.map((item) => item.type),
    ["reasoning", "message"],
  );
  assert.deepEqual(hidden.output[0].summary, []);
  assert.equal(hidden.usage.output_tokens_details.reasoning_tokens, 5);
  const stream = client.responses.stream({
    ...RESPONSE,
    reasoning: { effort: "low", summary: "auto" },
  });
  let summary = "";
  stream.on("response.reasoning_summary_text.delta", (event) => (summary += event.delta));
  const shown = await stream.finalResponse();
  assert.ok(summary.length > 0);
  assert.equal(shown.output[0].summary[0].text, summary);
});

test("a response calls a function, and answers its output with text", async (t) => {
  const { client } = await start(t);
  const asked = { ...RESPONSE, tools: [RESPONSE_TOOL], tool_choice: "required" };
  const called = await client.responses.stream(asked).finalResponse();
  const call = called.output.find((item) => item.type === "function_call");
  assert.equal(call.name, "get_weather");
  assert.match(call.id, /^fc_/);
  assert.match(call.call_id, /^call_/);
  assertCityInput(call.arguments);
  const answered = await client.responses.create({
    ...asked,
    tool_choice: "auto",
    input: [
      { role: "user", content: "Hello" },
      { type: "function_call", call_id: call.call_id, name: call.name, arguments: call.arguments },
      { type: "function_call_output", call_id: call.call_id, output: "21 degrees" },
    ],
  });
  assert.ok(answered.output_text.length > 0);
});

// ---- models

test("models are listed and found by name", async (t) => {
  const { client } = await start(t);
  const models = await collect(client.models.list());
  assert.ok(models.some((model) => model.id === MODEL));
  const model = await client.models.retrieve(MODEL);
  assert.equal(model.object, "model");
  assert.deepEqual(model, models.find((listed) => listed.id === MODEL));
  const error = await failure(client.models.retrieve("gpt-0"));
  assert.ok(error instanceof OpenAI.NotFoundError);
});

// ---- errors

function assertApiError(error, Type, status, fields = {}) {
  assert.ok(error instanceof Type, `${error}`);
  assert.ok(error instanceof OpenAI.APIError);
  assert.equal(error.status, status);
  for (const [name, value] of Object.entries(fields)) assert.equal(error[name], value, name);
  assert.match(error.requestID, /^req_/);
}

test("a wrong chat is refused with its field and a code", async (t) => {
  const { client } = await start(t);
  assertApiError(
    await failure(client.chat.completions.create({ ...CHAT, temperature: 3 })),
    OpenAI.BadRequestError,
    400,
    { type: "invalid_request_error", param: "temperature", code: "decimal_above_max_value" },
  );
  const unknown = await failure(client.chat.completions.create({ ...CHAT, max_tokenz: 3 }));
  assertApiError(unknown, OpenAI.BadRequestError, 400, { param: null, code: null });
  assert.match(unknown.message, /Unrecognized request argument supplied: max_tokenz/);
});

test("a wrong request for a response is refused with its field and a code", async (t) => {
  const { client } = await start(t);
  assertApiError(
    await failure(client.responses.create({ ...RESPONSE, messages: [] })),
    OpenAI.BadRequestError,
    400,
    { type: "invalid_request_error", param: "messages", code: "unknown_parameter" },
  );
});

test("a key that is not valid is refused", async (t) => {
  const { mock } = await start(t);
  const client = connect(mock, { apiKey: "invalid-key" });
  for (const asked of [client.chat.completions.create(CHAT), client.responses.create(RESPONSE)]) {
    assertApiError(await failure(asked), OpenAI.AuthenticationError, 401, {
      code: "invalid_api_key",
    });
  }
});

test("a model that does not exist is not found", async (t) => {
  const { client } = await start(t);
  const asked = { ...CHAT, model: "missing-model" };
  assertApiError(await failure(client.chat.completions.create(asked)), OpenAI.NotFoundError, 404, {
    code: "model_not_found",
  });
});

// Statuses that come, the class that the SDK throws, and the error's type. 529 is Anthropic's alone.
const STATUSES = [
  [400, 400, "BadRequestError", "invalid_request_error"],
  [401, 401, "AuthenticationError", "invalid_request_error"],
  [403, 403, "PermissionDeniedError", "invalid_request_error"],
  [404, 404, "NotFoundError", "invalid_request_error"],
  [409, 409, "ConflictError", "invalid_request_error"],
  [422, 422, "UnprocessableEntityError", "invalid_request_error"],
  [429, 429, "RateLimitError", "requests"],
  [500, 500, "InternalServerError", "server_error"],
  [503, 503, "InternalServerError", "service_unavailable_error"],
  [529, 503, "InternalServerError", "service_unavailable_error"],
];

for (const [asked, status, name, type] of STATUSES) {
  test(`fault ${asked} is thrown as a ${name}`, async (t) => {
    const { client } = await start(t, "--faults", `${asked}=100%`);
    const { completions } = client.chat;
    assertApiError(await failure(completions.create(CHAT)), OpenAI[name], status, { type });
    const streamed = failure(completions.create({ ...CHAT, stream: true }));
    assertApiError(await streamed, OpenAI[name], status, { type });
    assertApiError(await failure(client.responses.create(RESPONSE)), OpenAI[name], status, { type });
  });
}

test("an error in the middle of a stream is thrown while it is read", async (t) => {
  const { client } = await start(t, "--faults", "stream-error:overloaded_error:event=5=100%");
  const streams = [
    client.chat.completions.create({ ...CHAT, stream: true }),
    client.responses.create({ ...RESPONSE, stream: true }),
  ];
  for (const stream of streams) {
    const events = [];
    const error = await failure(
      (async () => {
        for await (const event of await stream) events.push(event);
      })(),
    );
    assert.ok(error instanceof OpenAI.APIError, `${error}`);
    assert.equal(events.length, 4);
  }
});

// ---- retries

test("overload is tried again, as often as asked", async (t) => {
  const { mock } = await start(t, "--faults", "503#1,503#2,503#3");
  const client = connect(mock, { maxRetries: 1 });
  const error = await failure(client.chat.completions.create(CHAT));
  assertApiError(error, OpenAI.InternalServerError, 503, { code: "server_is_overloaded" });
  assert.equal((await mock.stats()).requests, 2);
  const completion = await client.chat.completions.create(CHAT);
  assert.equal(completion.choices[0].finish_reason, "stop");
  assert.equal((await mock.stats()).requests, 4);
});

test("a limited request waits for as long as retry-after says", async (t) => {
  const { mock } = await start(t, "--faults", "429#1");
  const begun = performance.now();
  const completion = await connect(mock, { maxRetries: 2 }).chat.completions.create(CHAT);
  assert.equal(completion.choices[0].finish_reason, "stop");
  assert.ok(performance.now() - begun >= 950);
  assert.equal((await mock.stats()).requests, 2);
});

test("limits are told in headers, and kept", async (t) => {
  const { client } = await start(t, "--limits", "rpm=2,itpm=100000,otpm=100000");
  const { response } = await client.chat.completions.create(CHAT).withResponse();
  assert.equal(response.headers.get("x-ratelimit-limit-requests"), "2");
  assert.equal(response.headers.get("x-ratelimit-remaining-requests"), "1");
  assert.match(response.headers.get("x-ratelimit-reset-requests"), /^[\d.]+(m|s|ms)/);
  assert.equal(response.headers.get("openai-version"), "2020-10-01");
  await client.chat.completions.create(CHAT);
  const error = await failure(client.chat.completions.create(CHAT));
  assertApiError(error, OpenAI.RateLimitError, 429, { code: "rate_limit_exceeded" });
  assert.ok(Number(error.headers.get("retry-after")) > 0);
});
