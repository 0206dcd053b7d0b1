import type { RecordOf } from "@twin/contracts/ingest";
import { mintId } from "../../postgres/uuid-time.ts";
import { type Batch, checkNotAhead } from "./batch.ts";
import { type Ownership, reviseOwner } from "./owner-of-twin.ts";
import { Rejected } from "./outcome.ts";
import type { Entry } from "./parse.ts";
import { changed, type Fields, type Revised, revise, wholeOf } from "./revision.ts";
import { type Columns, insertNewRows, sortedBy, updateRows } from "./rows.ts";

type TwinRecord = RecordOf<"twin">;
type Row = { id: string; created_at: string; revised_at: string | null } & Ownership;
type State = {
  id: string;
  ownership: Ownership;
  /** Its owner before this batch. */
  was: string | null;
  created_at: string;
  revised: Revised;
  isNew: boolean;
  isTouched: boolean;
};

const mutable: Columns = {
  name: "text",
  description: "text",
  is_shared: "bool",
  last_trained_at: "timestamptz",
  document_count: "int",
  email_count: "int",
  created_at: "timestamptz",
  updated_at: "timestamptz",
  revised_at: "timestamptz",
  user_id: "uuid",
  owner_revised_at: "timestamptz",
  owner_by_hand: "bool",
};
const defaults: Fields = {
  description: null,
  is_shared: false,
  last_trained_at: null,
  document_count: 0,
  email_count: 0,
};
const fieldsOf = ({
  name,
  description,
  is_shared,
  last_trained_at,
  document_count,
  email_count,
}: TwinRecord): Fields => ({ name, description, is_shared, last_trained_at, document_count, email_count });

/**
 * Stores twins. A record of a known one may leave out the owner, and corrects it with a newer `updated_at`; of several
 * `created_at` the earliest counts.
 */
export async function writeTwins(batch: Batch, entries: readonly Entry<TwinRecord>[]): Promise<void> {
  if (entries.length === 0) return;
  const { tx, references, outcomes, source, now, lines } = batch;
  const states = await loadStates(batch, entries);
  const minted: { key: string; id: string }[] = [];

  for (const { index, record } of entries) {
    outcomes.attempt(index, () => {
      checkNotAhead(batch, "created_at", record.created_at);
      checkNotAhead(batch, "last_trained_at", record.last_trained_at);
      const owner = record.user === undefined ? null : references.person(record.user);
      const state = states.get(record.external_id);
      if (state) {
        const ownership = owner ? reviseOwner(state.ownership, owner.id, record.updated_at) : state.ownership;
        const isCorrected = correct(state, ownership);
        lines.met(state.id);
        outcomes.store(index, reviseTwin(state, record) || isCorrected ? "updated" : "duplicate");
        return;
      }
      if (!owner) throw new Rejected("INVALID", "user: a twin that isn't known yet needs an owner", "user");
      const id = mintId(Date.parse(now), String(tx.org_id), "twin", source, record.external_id);
      const revised = { fields: wholeOf(fieldsOf(record), defaults), revised_at: record.updated_at ?? null };
      states.set(record.external_id, {
        id,
        ownership: { user_id: owner.id, owner_revised_at: record.updated_at ?? null, owner_by_hand: false },
        was: owner.id,
        created_at: record.created_at ?? now,
        revised,
        isNew: true,
        isTouched: false,
      });
      minted.push({ key: record.external_id, id });
      lines.made("twin", id);
      outcomes.store(index, "accepted");
    });
  }

  const rows = (keep: (state: State) => boolean) =>
    sortedBy(
      [...states.values()].filter(keep).map((state) => ({
        ...state,
        ...state.ownership,
        ...state.revised.fields,
        revised_at: state.revised.revised_at,
        updated_at: now,
      })),
      (row) => row.id,
    );
  await references.store("twin", minted);
  await insertNewRows(
    tx,
    "twins",
    { id: "uuid", ...mutable },
    rows((state) => state.isNew),
  );
  await updateRows(
    tx,
    "twins",
    { keys: { id: "uuid" }, set: mutable },
    rows((state) => state.isTouched && !state.isNew),
  );
  for (const { id, isNew, was, ownership } of states.values()) {
    references.twins.set(id, { id, owner: ownership.user_id });
    if (was !== ownership.user_id && !isNew) batch.corrections.push({ twin_id: id, from: was, to: ownership.user_id });
  }
}

async function loadStates(
  { tx, references }: Batch,
  entries: readonly Entry<TwinRecord>[],
): Promise<Map<string, State>> {
  const keyOf = new Map(
    entries.flatMap(({ record }) => {
      const id = references.idOf("twin", record.external_id);
      return id ? [[id, record.external_id] as const] : [];
    }),
  );
  const rows = await tx.query<Row & Record<string, unknown>>({
    name: "lock_twins",
    text: `select id, user_id, owner_revised_at, owner_by_hand, created_at, revised_at, name, description, is_shared, last_trained_at, document_count, email_count
      from twins where org_id = $1 and id = any($2::uuid[]) order by id for no key update`,
    values: [tx.org_id, [...keyOf.keys()]],
  });
  return new Map(
    rows.map(({ id, user_id, owner_revised_at, owner_by_hand, created_at, revised_at, ...fields }) => [
      keyOf.get(id)!,
      {
        id,
        ownership: { user_id, owner_revised_at, owner_by_hand },
        was: user_id,
        created_at,
        revised: { fields, revised_at },
        isNew: false,
        isTouched: false,
      },
    ]),
  );
}

function correct(state: State, ownership: Ownership): boolean {
  const isCorrected = ownership.user_id !== state.ownership.user_id;
  if (ownership !== state.ownership) state.isTouched = true;
  state.ownership = ownership;
  return isCorrected;
}

function reviseTwin(state: State, record: TwinRecord): boolean {
  const after = revise(state.revised, fieldsOf(record), record.updated_at, defaults);
  const isOlder = record.created_at !== undefined && record.created_at < state.created_at;
  const isChanged = isOlder || changed(state.revised, after);
  if (isOlder) state.created_at = record.created_at!;
  if (isChanged || after !== state.revised) state.isTouched = true;
  state.revised = after;
  return isChanged;
}
