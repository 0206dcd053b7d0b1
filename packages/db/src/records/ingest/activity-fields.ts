import type { RecordOf } from "@twin/contracts/ingest";
import type { ActivityType } from "@twin/contracts/vocabulary";
import { Rejected } from "./outcome.ts";
import type { Fields } from "./revision.ts";

type ActivityRecord = RecordOf<"activity">;

/** The parts that hang on an activity's id; `shared` may stand beside any of the others. */
export const detailFields = {
  conversation: ["title", "topic"],
  document: ["title", "document_type", "content", "exported_at", "metadata"],
  query: ["query_text", "query_type", "results_count", "retrieved_info", "sources"],
  shared: ["interaction_purpose", "interaction_summary", "was_helpful", "is_sent"],
} as const;
export type Detail = keyof typeof detailFields;

const own = ["action_description", "ended_at", "platform", "device_type", "metadata"] as const;

/** An activity with its parts is one record: one list of mutable fields, the parts' under `part.field`. */
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
  for (const part of [type, "shared"] as const) for (const name of detailFields[part]) fields[`${part}.${name}`] = null;
  if (type === "document") fields["document.title"] = "";
  if (type === "query") fields["query.results_count"] = 0;
  fields["shared.is_sent"] = false;
  return fields;
}

/** The fields of one part as its table's columns. */
export const detailOf = (fields: Fields, part: Detail): Record<string, unknown> =>
  Object.fromEntries(detailFields[part].map((name) => [name, fields[`${part}.${name}`] ?? null]));

/** A part must be the type's own, or `shared`. @throws Rejected INVALID */
export function checkDetails(record: ActivityRecord): void {
  for (const part of ["conversation", "document", "query"] as const) {
    if (record[part] && record.activity_type !== part) {
      throw new Rejected("INVALID", `an activity of type ${record.activity_type} has no ${part}`, part);
    }
  }
}
