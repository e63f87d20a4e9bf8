// sdks.mjs - the official SDKs, one entry per dialect: how it is asked, and what it understood
//
// Each entry gives { texts, refusal, calls, stop, usage } of an answer, in the words of its dialect,
// and says what these words have to be for an answer that the hub understands so (wire-formats 8.1,
// 8.3). Nothing here is taken from src/wire.
import OpenAI from "openai";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { Ollama } from "ollama";

const messages = [{ role: "user", content: "?" }];

const called = (hub) => hub.blocks.some((b) => b.kind === "call");
// OpenAI says in words that it refuses; where nothing was said, a filter did it.
const silenced = (hub) => hub.stop === "filter" || (hub.stop === "refusal" && !hub.blocks.some((b) => b.text));

function openaiChat(base) {
  const client = new OpenAI({ baseURL: base + "/v1", apiKey: "k", maxRetries: 0 });
  return async (model, stream) => {
    const ask = { model, messages, ...(stream && { stream_options: { include_usage: true } }) };
    const answer = stream
      ? await client.chat.completions.stream(ask).finalChatCompletion()
      : await client.chat.completions.create(ask);
    const { message, finish_reason } = answer.choices[0];
    const { usage } = answer;
    return {
      text: message.content ?? "",
      refusal: message.refusal ?? "",
      calls: (message.tool_calls ?? []).map((c) => [c.function.name, c.function.arguments]),
      stop: finish_reason,
      usage: {
        in: usage.prompt_tokens,
        out: usage.completion_tokens,
        read: usage.prompt_tokens_details.cached_tokens,
        reasoning: usage.completion_tokens_details.reasoning_tokens,
      },
    };
  };
}

function openaiResponses(base) {
  const client = new OpenAI({ baseURL: base + "/v1", apiKey: "k", maxRetries: 0 });
  return async (model, stream) => {
    const ask = { model, input: "?" };
    const answer = stream
      ? await client.responses.stream(ask).finalResponse()
      : await client.responses.create(ask);
    const parts = answer.output.flatMap((item) => (item.type === "message" ? item.content : []));
    const { usage } = answer;
    return {
      text: parts.map((p) => p.text ?? "").join(""),
      refusal: parts.map((p) => p.refusal ?? "").join(""),
      calls: answer.output.filter((i) => i.type === "function_call").map((i) => [i.name, i.arguments]),
      stop: answer.incomplete_details?.reason ?? answer.status,
      usage: {
        in: usage.input_tokens,
        out: usage.output_tokens,
        read: usage.input_tokens_details.cached_tokens,
        reasoning: usage.output_tokens_details.reasoning_tokens,
      },
    };
  };
}

function anthropic(base) {
  const client = new Anthropic({ baseURL: base, apiKey: "k", maxRetries: 0 });
  return async (model, stream) => {
    const ask = { model, messages, max_tokens: 9 };
    const answer = stream ? await client.messages.stream(ask).finalMessage() : await client.messages.create(ask);
    const { usage } = answer;
    const write = usage.cache_creation_input_tokens;
    const read = usage.cache_read_input_tokens;
    return {
      text: answer.content.map((b) => b.text ?? "").join(""),
      refusal: "",
      calls: answer.content.filter((b) => b.type === "tool_use").map((b) => [b.name, b.input]),
      stop: answer.stop_reason,
      usage: { in: usage.input_tokens + write + read, out: usage.output_tokens, read, write },
    };
  };
}

function gemini(base) {
  const client = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: base } });
  return async (model, stream) => {
    const ask = { model, contents: "?" };
    const answers = stream ? [] : [await client.models.generateContent(ask)];
    if (stream) for await (const piece of await client.models.generateContentStream(ask)) answers.push(piece);
    const parts = answers.flatMap((a) => a.candidates?.[0]?.content?.parts ?? []);
    const usage = answers.findLast((a) => a.usageMetadata).usageMetadata;
    const thoughts = usage.thoughtsTokenCount ?? 0;
    return {
      text: parts.map((p) => (p.thought ? "" : (p.text ?? ""))).join(""),
      refusal: "",
      calls: parts.filter((p) => p.functionCall).map((p) => [p.functionCall.name, p.functionCall.args ?? {}]),
      stop: answers.findLast((a) => a.candidates?.[0]?.finishReason)?.candidates[0].finishReason,
      usage: {
        in: usage.promptTokenCount,
        out: (usage.candidatesTokenCount ?? 0) + thoughts,
        read: usage.cachedContentTokenCount ?? 0,
        reasoning: thoughts,
      },
    };
  };
}

function ollama(base) {
  const client = new Ollama({ host: base });
  return async (model, stream) => {
    const answers = stream ? [] : [await client.chat({ model, messages })];
    if (stream) for await (const line of await client.chat({ model, messages, stream: true })) answers.push(line);
    const last = answers.at(-1);
    if (!last.done) throw new Error("the stream ended before it was done");
    return {
      text: answers.map((a) => a.message.content).join(""),
      refusal: "",
      calls: answers.flatMap((a) => a.message.tool_calls ?? []).map((c) => [c.function.name, c.function.arguments]),
      stop: last.done_reason,
      usage: { in: last.prompt_eval_count, out: last.eval_count },
    };
  };
}

export const sdks = {
  openai: {
    name: "openai: chat.completions",
    asker: openaiChat,
    refuses: true,
    strings: true,
    stop: (hub) =>
      silenced(hub)
        ? "content_filter"
        : ({ max: "length", full: "length" }[hub.stop] ?? (called(hub) ? "tool_calls" : "stop")),
  },
  responses: {
    name: "openai: responses",
    asker: openaiResponses,
    refuses: true,
    strings: true,
    stop: (hub) =>
      silenced(hub)
        ? "content_filter"
        : ({ max: "max_output_tokens", full: "max_output_tokens" }[hub.stop] ?? "completed"),
  },
  anthropic: {
    name: "@anthropic-ai/sdk: messages",
    asker: anthropic,
    stop: (hub) =>
      ({
        max: "max_tokens",
        full: "model_context_window_exceeded",
        filter: "refusal",
        refusal: "refusal",
        pause: "pause_turn",
        sequence: "stop_sequence",
      })[hub.stop] ?? (called(hub) ? "tool_use" : "end_turn"),
  },
  gemini: {
    name: "@google/genai: generateContent",
    asker: gemini,
    stop: (hub) => ({ max: "MAX_TOKENS", full: "MAX_TOKENS", filter: "SAFETY", refusal: "SAFETY" })[hub.stop] ?? "STOP",
  },
  ollama: {
    name: "ollama: chat",
    asker: ollama,
    stop: (hub) => (["max", "full"].includes(hub.stop) ? "length" : "stop"),
  },
};
