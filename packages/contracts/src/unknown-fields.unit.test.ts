import { expect, test } from "vitest";
import { nearestName, type UnknownField, unknownFields, unknownFieldsOfMessage } from "./unknown-fields.ts";

const told = (fields: UnknownField[]) => fields.map(({ path, tell }) => ({ path, message: tell() }));

const activity = {
  type: "activity",
  external_id: "a",
  user: "u",
  twin: "t",
  platform: "web",
  started_at: "2026-01-01T00:00:00Z",
};

test("a field that nobody knows is named, with the known one that is spelled most alike", () => {
  expect(
    told(
      unknownFields({
        ...activity,
        endedAt: 1,
        query: { queryText: "q", resultsCount: 1 },
        conversation: { Topic: "t", messages: [{ tokens: 3 }] },
      }),
    ),
  ).toEqual([
    { path: "endedAt", message: "unknown, not stored: did you mean ended_at?" },
    { path: "conversation.Topic", message: "unknown, not stored: did you mean topic?" },
    { path: "query.queryText", message: "unknown, not stored: did you mean query_text?" },
    { path: "query.resultsCount", message: "unknown, not stored: did you mean results_count?" },
  ]);
});

test("so is one of a message in its activity", () => {
  expect(told(unknownFieldsOfMessage({ "sender-type": "user", tokens: 3 }, "conversation.messages[1]"))).toEqual([
    { path: "conversation.messages[1].sender-type", message: "unknown, not stored: did you mean sender_type?" },
    { path: "conversation.messages[1].tokens", message: "unknown, not stored" },
  ]);
});

test("a field of a part that stands beside it is led into it", () => {
  expect(told(unknownFields({ ...activity, was_helpful: true }))).toEqual([
    { path: "was_helpful", message: "unknown, not stored: did you mean shared.was_helpful?" },
  ]);
});

test("what is a sender's own to name is no unknown field", () => {
  expect(unknownFields({ ...activity, metadata: { anything: 1 }, query: { sources: [{ anyThing: 1 }] } })).toEqual([]);
});

test("a name that is like none is nobody's", () => {
  expect(nearestName("colour", ["external_id", "email"])).toBeNull();
  expect(nearestName("emial", ["external_id", "email"])).toBe("email");
  expect(nearestName("", ["a"])).toBeNull();
  expect(nearestName("__proto__", ["type"])).toBeNull();
});
