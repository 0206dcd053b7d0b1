import { blindVectors } from "../../tenancy/encryption/blind-index.ts";
import { ensureDataKeys } from "../../tenancy/encryption/data-keys.ts";
import { aadOf, sealText } from "../../tenancy/encryption/text.ts";
import { detailFields, type Detail, detailOf } from "./activity-fields.ts";
import { mapInTurns } from "../../postgres/turns.ts";
import type { Batch } from "./batch.ts";
import { same } from "./revision.ts";
import { type Columns, insertNewRows, sortedBy, updateRows } from "./rows.ts";
import { type ActivityState, isShared } from "./stored-activities.ts";

type Table = { table: string; insertOnly: Columns; set: Columns };
const tables: Record<Detail, Table> = {
  conversation: {
    table: "conversations",
    insertOnly: { created_at: "timestamptz" },
    set: { title: "text", topic: "text" },
  },
  document: {
    table: "documents",
    insertOnly: { user_id: "uuid", created_at: "timestamptz" },
    set: {
      title: "text",
      document_type: "text",
      content: "bytea",
      word_count: "int",
      character_count: "int",
      exported_at: "timestamptz",
      metadata: "json",
      search: "tsvector",
      updated_at: "timestamptz",
    },
  },
  query: {
    table: "queries",
    insertOnly: { user_id: "uuid", created_at: "timestamptz" },
    set: {
      query_text: "bytea",
      query_type: "text",
      results_count: "int",
      retrieved_info: "bytea",
      sources: "json",
      search: "tsvector",
    },
  },
  shared: {
    table: "shared_twin_interactions",
    insertOnly: { accessing_user_id: "uuid", twin_owner_id: "uuid", twin_id: "uuid", created_at: "timestamptz" },
    set: { interaction_purpose: "text", interaction_summary: "bytea", was_helpful: "bool", is_sent: "bool" },
  },
};
/** The text by which search finds a detail. */
const searched: Partial<Record<Detail, string>> = { document: "content", query: "query_text" };

const has = (state: ActivityState, part: Detail, when: "before" | "revised"): boolean => {
  if (part === "shared") return when === "before" ? state.wasShared : isShared(state);
  return state[when] !== null && state.activity_type === part;
};
const differs = (state: ActivityState, part: Detail) =>
  detailFields[part].some(
    (name) => !same(state.before!.fields[`${part}.${name}`], state.revised.fields[`${part}.${name}`]),
  );

/** Writes details of activities: new ones and changed ones. */
export async function writeDetails(batch: Batch, states: readonly ActivityState[]): Promise<void> {
  const { tx } = batch;
  for (const part of Object.keys(detailFields) as Detail[]) {
    const { table, insertOnly, set } = tables[part];
    const fresh = states.filter((state) => has(state, part, "revised") && !has(state, part, "before"));
    const revised = states.filter(
      (state) => has(state, part, "revised") && has(state, part, "before") && differs(state, part),
    );
    const gone = states.filter((state) => !has(state, part, "revised") && has(state, part, "before"));
    const rows = await toRows(batch, part, [...fresh, ...revised]);
    await insertNewRows(
      tx,
      table,
      { activity_id: "uuid", ...insertOnly, ...set },
      sortedBy(rows.slice(0, fresh.length), (row) => row.activity_id),
    );
    await updateRows(
      tx,
      table,
      { keys: { activity_id: "uuid" }, set, timeKey: "activity_id" },
      sortedBy(rows.slice(fresh.length), (row) => row.activity_id),
    );
    if (gone.length > 0) {
      await tx.query({
        text: `delete from ${table} where org_id = $1 and activity_id = any($2::uuid[])`,
        values: [tx.org_id, gone.map((state) => state.id)],
      });
    }
  }
}

/** Rows of one detail's table, with encrypted text and search vectors of keyed hashes. */
async function toRows(batch: Batch, part: Detail, states: readonly ActivityState[]) {
  const { db, tx, tenant, now } = batch;
  const { table, set } = tables[part];
  const sealed = Object.keys(set).filter((column) => set[column] === "bytea");
  const plain = states.map((state) => detailOf(state.revised.fields, part));
  const writers = states
    .filter((_, i) => sealed.some((column) => plain[i]![column] !== null))
    .map((state) => state.user.id);
  const words = plain.map((row) =>
    searched[part] && tenant.search_enabled ? (row[searched[part]] as string | null) : null,
  );
  const [keys, vectors] = await Promise.all([ensureDataKeys(db, tx, writers), searchVectors(batch, words)]);
  return mapInTurns(states, (state, i) => {
    const row = plain[i]!;
    const texts = sealed.map((column) => {
      const text = row[column] as string | null;
      return [
        column,
        text === null ? null : sealText(keys.get(state.user.id)!, aadOf(table, column, tx.org_id, state.id), text),
      ] as const;
    });
    return {
      ...row,
      ...counts(row["content"] as string | null | undefined),
      ...Object.fromEntries(texts),
      activity_id: state.id,
      user_id: state.user.id,
      accessing_user_id: state.user.id,
      twin_owner_id: state.owner,
      twin_id: state.twin_id,
      search: vectors[i] ?? null,
      created_at: (part === "conversation" ? null : state.times[part]) ?? state.started_at,
      updated_at: now,
    };
  });
}

const counts = (content: string | null | undefined) =>
  content === null || content === undefined
    ? { word_count: null, character_count: null }
    : { word_count: content.split(/\s+/u).filter(Boolean).length, character_count: [...content].length };

async function searchVectors({ db, tx }: Batch, texts: readonly (string | null)[]): Promise<(string | null)[]> {
  const recorded = texts.filter((text) => text !== null);
  if (recorded.length === 0) return texts.map(() => null);
  const vectors = await blindVectors(db, tx, recorded);
  let next = 0;
  return texts.map((text) => (text === null ? null : vectors[next++]!));
}
