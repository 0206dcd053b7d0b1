import { IngestRecord, NestedMessage, type RecordOf } from "@twin/contracts/ingest";
import { whatIsNoRecord } from "@twin/contracts/ndjson";
import { unknownFields, unknownFieldsOfMessage } from "@twin/contracts/unknown-fields";
import { recordTypes } from "@twin/contracts/vocabulary";
import type { z } from "zod";
import { Turns } from "../../postgres/turns.ts";
import { type Outcomes, Rejected } from "./outcome.ts";

/** A well-formed record and its place in the batch. */
export type Entry<R> = { index: number; record: R };
/** A message and where it came from: by itself, or inside an activity (`path` names it there). */
export type MessageEntry = Entry<NestedMessage> & { path?: string };
/** An activity with its messages taken out, each checked by itself. */
export type ActivityEntry = Entry<RecordOf<"activity">> & { messages: MessageEntry[] };

export type Parsed = {
  users: Entry<RecordOf<"user">>[];
  twins: Entry<RecordOf<"twin">>[];
  installations: Entry<RecordOf<"installation">>[];
  sessions: Entry<RecordOf<"session">>[];
  activities: ActivityEntry[];
  messages: Entry<RecordOf<"message">>[];
  features: Entry<RecordOf<"feature">>[];
};

const dotted = (path: PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    "",
  );

/** The first mistake, told so that the sender can correct it. */
function firstIssue(error: z.ZodError): Rejected {
  const issue = error.issues[0]!;
  const path = dotted(issue.path);
  if (issue.code === "invalid_union" && path === "type") {
    return new Rejected("INVALID", `type must be one of ${recordTypes.join(", ")}`, "type");
  }
  return new Rejected("INVALID", path ? `${path}: ${issue.message}` : issue.message, path || undefined);
}

/** Every time as ISO 8601 in UTC to the millisecond: the precision of ids. Only this function cuts it off. */
const instantFields = [
  "updated_at",
  "created_at",
  "started_at",
  "ended_at",
  "installed_at",
  "uninstalled_at",
  "last_trained_at",
  "edited_at",
  "exported_at",
  "used_at",
];
function normalizeTimes(record: Record<string, unknown>): void {
  for (const field of instantFields) {
    const value = record[field];
    if (typeof value === "string") record[field] = new Date(value).toISOString();
  }
}

async function parseMessages(
  entry: Entry<RecordOf<"activity">>,
  outcomes: Outcomes,
  turns: Turns,
): Promise<MessageEntry[]> {
  const messages: MessageEntry[] = [];
  for (const [position, raw] of (entry.record.conversation?.messages ?? []).entries()) {
    if (turns.isOver()) await turns.next();
    const path = `conversation.messages[${position}]`;
    const parsed = outcomes.attempt(
      entry.index,
      () => {
        const result = NestedMessage.safeParse(raw);
        if (!result.success) throw firstIssue(result.error);
        return result.data;
      },
      path,
    );
    if (!parsed) continue;
    for (const unknown of unknownFieldsOfMessage(raw, path)) outcomes.warn(entry.index, unknown);
    normalizeTimes(parsed);
    messages.push({ index: entry.index, record: parsed, path });
  }
  return messages;
}

const noRecords = (): Parsed => ({
  users: [],
  twins: [],
  installations: [],
  sessions: [],
  activities: [],
  messages: [],
  features: [],
});

/** Checks the form of each record by itself, in turns; wrong ones are noted in `outcomes` and left out. */
export async function parseRecords(records: readonly unknown[], outcomes: Outcomes): Promise<Parsed> {
  const turns = new Turns();
  const parsed = noRecords();
  for (const [index, raw] of records.entries()) {
    if (turns.isOver()) await turns.next();
    const record = outcomes.attempt(index, () => {
      if (raw instanceof Rejected) throw raw;
      const other = whatIsNoRecord(raw);
      if (other !== null) throw new Rejected("INVALID", other);
      const result = IngestRecord.safeParse(raw);
      if (!result.success) throw firstIssue(result.error);
      return result.data;
    });
    if (!record) continue;
    for (const unknown of unknownFields(raw)) outcomes.warn(index, unknown);
    normalizeTimes(record);
    switch (record.type) {
      case "user":
        parsed.users.push({ index, record });
        break;
      case "twin":
        parsed.twins.push({ index, record });
        break;
      case "installation":
        parsed.installations.push({ index, record });
        break;
      case "session":
        parsed.sessions.push({ index, record });
        break;
      case "message":
        parsed.messages.push({ index, record });
        break;
      case "feature":
        parsed.features.push({ index, record });
        break;
      case "activity": {
        for (const part of [record.document, record.query, record.shared]) if (part) normalizeTimes(part);
        const messages = await parseMessages({ index, record }, outcomes, turns);
        parsed.activities.push({ index, record, messages });
      }
    }
  }
  return parsed;
}

const shifted = <E extends Entry<unknown>>(entry: E, by: number): E => ({ ...entry, index: entry.index + by });

/** Batches as one: their records are numbered on, in order. */
export function joinParsed(batches: readonly { records: number; parsed: Parsed }[]): Parsed {
  if (batches.length === 1) return batches[0]!.parsed;
  const joined = noRecords();
  let from = 0;
  for (const { records, parsed } of batches) {
    const by = from;
    for (const entry of parsed.users) joined.users.push(shifted(entry, by));
    for (const entry of parsed.twins) joined.twins.push(shifted(entry, by));
    for (const entry of parsed.installations) joined.installations.push(shifted(entry, by));
    for (const entry of parsed.sessions) joined.sessions.push(shifted(entry, by));
    for (const entry of parsed.activities)
      joined.activities.push({
        ...shifted(entry, by),
        messages: entry.messages.map((message) => shifted(message, by)),
      });
    for (const entry of parsed.messages) joined.messages.push(shifted(entry, by));
    for (const entry of parsed.features) joined.features.push(shifted(entry, by));
    from += records;
  }
  return joined;
}
