import type { RecordOf } from "@twin/contracts/ingest";
import { mintId } from "../../postgres/uuid-time.ts";
import { type Batch, checkEventTime } from "./batch.ts";
import { Rejected } from "./outcome.ts";
import type { Entry } from "./parse.ts";
import type { Person } from "./references.ts";
import { changed, type Fields, type Revised, revise, wholeOf } from "./revision.ts";
import { type Columns, insertNewRows, sortedBy, updateRows } from "./rows.ts";

type FeatureRecord = RecordOf<"feature">;
type State = {
  id: string;
  user_id: string;
  feature_name: string;
  used_at: string;
  revised: Revised;
  isNew: boolean;
  isTouched: boolean;
};

const identity: Columns = { id: "uuid", user_id: "uuid", feature_name: "text", used_at: "timestamptz" };
const mutable: Columns = { count: "int", revised_at: "timestamptz" };
const defaults: Fields = { count: 1 };

/**
 * Stores uses of features that a sender records by name. Without a sender's id a use is identified by (user, feature,
 * time).
 */
export async function writeFeatures(batch: Batch, entries: readonly Entry<FeatureRecord>[]): Promise<void> {
  if (entries.length === 0) return;
  const { tx, references, outcomes, dirty, lines } = batch;
  const named = entries.flatMap(({ index, record }) => {
    const person = outcomes.attempt(index, () => {
      checkEventTime(batch, "used_at", record.used_at);
      return references.person(record.user);
    });
    return person ? [{ index, record, person, id: identify(batch, record, person) }] : [];
  });
  const states = await loadStates(
    batch,
    named.map(({ id }) => id),
  );
  const minted = new Map<string, string>();

  for (const { index, record, person, id } of named) {
    outcomes.attempt(index, () => {
      const key = record.external_id;
      const state = states.get((key && minted.get(key)) ?? id);
      if (!state) {
        const revised = { fields: wholeOf({ count: record.count }, defaults), revised_at: record.updated_at ?? null };
        states.set(id, {
          id,
          user_id: person.id,
          feature_name: record.feature_name,
          used_at: record.used_at,
          revised,
          isNew: true,
          isTouched: false,
        });
        if (key && !references.idOf("feature", key)) minted.set(key, id);
        dirty.mark(person.n, record.used_at);
        lines.made("feature", id);
        outcomes.store(index, "accepted");
        return;
      }
      if (state.used_at !== record.used_at)
        throw new Rejected("CONFLICT", `this use was at ${state.used_at}`, "used_at");
      if (state.user_id !== person.id) throw new Rejected("CONFLICT", "this use was somebody else's", "user");
      if (state.feature_name !== record.feature_name)
        throw new Rejected("CONFLICT", `this use was of ${state.feature_name}`, "feature_name");
      const after = revise(state.revised, { count: record.count }, record.updated_at, defaults);
      const isChanged = changed(state.revised, after);
      if (after !== state.revised) state.isTouched = true;
      if (isChanged) dirty.mark(person.n, state.used_at);
      state.revised = after;
      lines.met(state.id);
      outcomes.store(index, isChanged ? "updated" : "duplicate");
    });
  }

  const rows = (keep: (state: State) => boolean) =>
    sortedBy(
      [...states.values()]
        .filter(keep)
        .map((state) => ({ ...state, ...state.revised.fields, revised_at: state.revised.revised_at })),
      (row) => row.id,
    );
  await references.store(
    "feature",
    [...minted].map(([key, id]) => ({ key, id })),
  );
  await insertNewRows(
    tx,
    "feature_events",
    { ...identity, ...mutable },
    rows((state) => state.isNew),
  );
  await updateRows(
    tx,
    "feature_events",
    { keys: { id: "uuid" }, set: mutable, timeKey: "id" },
    rows((state) => state.isTouched && !state.isNew),
  );
}

function identify({ tx, source, references }: Batch, record: FeatureRecord, person: Person): string {
  const key = record.external_id;
  const at = Date.parse(record.used_at);
  if (key === undefined) return mintId(at, String(tx.org_id), "feature", person.id, record.feature_name);
  return references.idOf("feature", key) ?? mintId(at, String(tx.org_id), "feature", source, key);
}

async function loadStates({ tx }: Batch, ids: readonly string[]): Promise<Map<string, State>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{
    id: string;
    user_id: string;
    feature_name: string;
    used_at: string;
    count: number;
    revised_at: string | null;
  }>({
    name: "lock_features",
    text: "select id, user_id, feature_name, used_at, count, revised_at from feature_events where org_id = $1 and id = any($2::uuid[]) order by id for no key update",
    values: [tx.org_id, ids],
  });
  return new Map(
    rows.map(({ count, revised_at, ...row }) => [
      row.id,
      { ...row, revised: { fields: { count }, revised_at }, isNew: false, isTouched: false },
    ]),
  );
}
