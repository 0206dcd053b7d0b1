import type { RecordOf } from "@twin/contracts/ingest";
import type { ActivityType } from "@twin/contracts/vocabulary";
import { Rejected } from "./outcome.ts";
import type { Fields } from "./revision.ts";

type ActivityRecord = RecordOf<"activity">;

/** The details that belong to an activity's id; `shared` may stand beside any of the others. */
export const detailFields = {
  conversation: ["title", "topic"],
  document: ["title", "document_type", "content", "exported_at", "metadata"],
  query: ["query_text", "query_type", "results_count", "retrieved_info", "sources"],
  shared: ["interaction_purpose", "interaction_summary", "was_helpful", "is_sent"],
} as const;
export type Detail = keyof typeof detailFields;
/** The details that an activity may have: that of its type, if there is one, and `shared`. */
export const detailsOf = (type: ActivityType): Detail[] =>
  (Object.keys(detailFields) as Detail[]).filter((part) => part === type || part === "shared");

const own = ["action_description", "ended_at", "platform", "device_type", "metadata"] as const;

/** An activity with its details is one record with one list of mutable fields; those of details are named `detail.field`. */
export function sentFields(record: ActivityRecord): Fields {
  const fields: Record<string, unknown> = {};
  for (const name of own) fields[name] = record[name];
  for (const part of Object.keys(detailFields) as Detail[]) {
    const sent = record[part] as Fields | undefined;
    for (const name of detailFields[part]) fields[`${part}.${name}`] = sent?.[name];
  }
  fields["shared.is_sent"] = record.shared ? true : undefined;
  return fields;
}

/** What absent fields become. */
export function defaultFields(type: ActivityType, platform: string): Fields {
  const fields: Record<string, unknown> = { platform };
  for (const name of own) if (name !== "platform") fields[name] = null;
  for (const part of detailsOf(type)) for (const name of detailFields[part]) fields[`${part}.${name}`] = null;
  if (type === "document") fields["document.title"] = "";
  if (type === "query") fields["query.results_count"] = 0;
  fields["shared.is_sent"] = false;
  return fields;
}

/** The fields of one detail as columns of its table. */
export const detailOf = (fields: Fields, part: Detail): Record<string, unknown> =>
  Object.fromEntries(detailFields[part].map((name) => [name, fields[`${part}.${name}`] ?? null]));

/** A detail must be that of the activity's type, or `shared`. @throws Rejected INVALID */
export function checkDetails(record: ActivityRecord): void {
  const allowed = detailsOf(record.activity_type);
  for (const part of Object.keys(detailFields) as Detail[]) {
    if (record[part] && !allowed.includes(part)) {
      throw new Rejected("INVALID", `an activity of type ${record.activity_type} has no ${part}`, part);
    }
  }
}
