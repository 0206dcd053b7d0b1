import type { PlainRow } from "./live-rows.ts";
import { activityTables, type ArchivedTable, featureTable } from "./shape.ts";

const named = (name: string): ArchivedTable => activityTables.find((table) => table.name === name)!;
const [activities, messages, shared] = ["activities", "messages", "shared_twin_interactions"].map(named) as [
  ArchivedTable,
  ArchivedTable,
  ArchivedTable,
];

/**
 * What an erasure did to live rows, done to rows that lay in an archive at the time: a conversation passes to its next
 * author, or goes where there is none; words of those who are gone are empty, and their names off what they wrote.
 * @param rows by table, in their order; changed in place
 * @param present who is still there
 */
export function passOn(rows: Map<ArchivedTable, PlainRow[]>, present: ReadonlySet<string>): void {
  const isGone = (id: unknown) => typeof id === "string" && !present.has(id);
  const written = Map.groupBy(rows.get(messages) ?? [], (row) => row["conversation_id"] as string);
  const lost = new Set<string>();
  const heirs = new Map<string, string>();
  for (const activity of rows.get(activities) ?? []) {
    if (!isGone(activity["user_id"])) continue;
    const id = activity["id"] as string;
    const heir = (written.get(id) ?? [])
      .filter(({ sender_type, user_id }) => sender_type === "user" && user_id !== null && !isGone(user_id))
      .sort(inOrder)[0]?.["user_id"];
    if (typeof heir !== "string") lost.add(id);
    else heirs.set(id, heir);
  }
  for (const [table, all] of rows) {
    const kept = all.filter((row) =>
      table === featureTable ? !isGone(row["user_id"]) : !lost.has(row[table.key] as string),
    );
    for (const row of kept) settle(table, row, heirs.get(row[table.key] as string), isGone);
    rows.set(table, kept);
  }
}

function settle(table: ArchivedTable, row: PlainRow, heir: string | undefined, isGone: (id: unknown) => boolean): void {
  if (table === messages) {
    if (!isGone(row["user_id"])) return;
    row["content"] = null;
    row["user_id"] = row["sender_type"] === "twin" ? (heir ?? null) : null;
    return;
  }
  if (table === shared) {
    if (isGone(row["twin_owner_id"])) row["twin_owner_id"] = null;
    if (heir) Object.assign(row, { accessing_user_id: heir, interaction_summary: null });
    return;
  }
  if (!heir) return;
  if ("user_id" in row) row["user_id"] = heir;
  if ("summary" in row) row["summary"] = null;
}

function inOrder(a: PlainRow, b: PlainRow): number {
  const by = (key: string) => {
    const [x, y] = [a[key] ?? null, b[key] ?? null];
    // Nulls last, as PostgreSQL sorts them.
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return x < y ? -1 : Number(x > y);
  };
  return by("created_at") || by("seq") || by("id");
}
