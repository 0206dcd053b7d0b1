import type { RecordOf } from "@twin/contracts/ingest";
import type { CreatedAtSource } from "../../people/users/created.ts";
import { mintId } from "../../postgres/uuid-time.ts";
import { type Batch, checkNotAhead } from "./batch.ts";
import { Rejected } from "./outcome.ts";
import type { Entry } from "./parse.ts";
import type { References } from "./references.ts";
import { type Fields, reviseEach, same } from "./revision.ts";
import { type Columns, insertNewRows, sortedBy, updateRows } from "./rows.ts";
import { addressKey } from "../../people/address-key.ts";

type UserRecord = RecordOf<"user">;
type Row = {
  id: string;
  n: number;
  created_at: string;
  created_at_source: CreatedAtSource;
  deleted_at: string | null;
  field_revisions: Record<string, string>;
  email: string;
  full_name: string;
  company: string | null;
  department: string | null;
  timezone: string;
  is_active: boolean;
};
/** A person as this batch will leave them. */
type State = {
  id: string;
  n: number;
  created_at: string;
  created_at_source: CreatedAtSource;
  erased: boolean;
  fields: Fields;
  revisions: Record<string, string>;
  isNew: boolean;
  isTouched: boolean;
};

const mutable: Columns = {
  email: "text",
  email_key: "text",
  full_name: "text",
  company: "text",
  department: "text",
  timezone: "text",
  is_active: "bool",
  created_at: "timestamptz",
  created_at_source: "text",
  updated_at: "timestamptz",
  field_revisions: "json",
};

const fieldsOf = ({ email, full_name, company, department, timezone, is_active }: Row | UserRecord): Fields => ({
  email,
  full_name,
  company,
  department,
  // A column that can't be null: an absent value changes nothing.
  timezone: timezone ?? undefined,
  is_active,
});
const defaults: Fields = { company: null, department: null, timezone: "UTC", is_active: true };
const emailKeyOf = (state: State) => addressKey(String(state.fields["email"]));

/**
 * Stores people. A person is identified by the sender's id or by e-mail address; a new id for a known address is an alias.
 * They have several senders, so each field has its own greatest `updated_at`. Of several `created_at` the earliest counts;
 * a person without one begins with the first thing that they or their twins do, which the rollup finds (`moveBeginnings`).
 */
export async function writeUsers(batch: Batch, entries: readonly Entry<UserRecord>[]): Promise<void> {
  if (entries.length === 0) return;
  const { tx, references, outcomes, lines } = batch;
  const byId = await loadStates(batch, entries);
  const byEmail = new Map([...byId.values()].map((state) => [emailKeyOf(state), state]));
  const aliases = new Map<string, string>();

  for (const { index, record } of entries) {
    outcomes.attempt(index, () => {
      checkNotAhead(batch, "created_at", record.created_at);
      const { external_id: key } = record;
      const known = key === undefined ? undefined : (aliases.get(key) ?? references.idOf("user", key));
      const named = byEmail.get(addressKey(record.email));
      const state = (known === undefined ? undefined : byId.get(known)) ?? named;
      if (state && named && state !== named)
        throw new Rejected("CONFLICT", "another person has this e-mail address", "email");
      // Throws where a tombstone stands for one of the two names.
      for (const name of [key, record.email]) if (name !== undefined) references.findPerson(name);
      if (state?.erased) throw new Rejected("ERASED", "this person was erased; an owner may lift that");

      const isAlias = key !== undefined && known === undefined;
      if (state) {
        byEmail.delete(emailKeyOf(state));
        const isChanged = revisePerson(batch, state, record);
        byEmail.set(emailKeyOf(state), state);
        if (isAlias) aliases.set(key, state.id);
        lines.met(state.id);
        outcomes.store(index, isChanged || isAlias ? "updated" : "duplicate");
        return;
      }
      const fresh = freshPerson(batch, record);
      byId.set(fresh.id, fresh);
      byEmail.set(emailKeyOf(fresh), fresh);
      if (key !== undefined) aliases.set(key, fresh.id);
      lines.made("user", fresh.id);
      outcomes.store(index, "accepted");
    });
  }

  const states = [...byId.values()];
  await insertPeople(
    batch,
    states.filter((state) => state.isNew),
  );
  const changed = states.filter((state) => state.isTouched && !state.isNew).map((state) => toRow(batch, state));
  await updateRows(
    tx,
    "users",
    { keys: { id: "uuid" }, set: mutable },
    sortedBy(changed, (row) => row.id),
  );
  await references.store(
    "user",
    [...aliases].map(([key, id]) => ({ key, id })),
  );
  for (const state of states)
    references.addPerson({ id: state.id, n: state.n, erased: state.erased }, emailKeyOf(state));
}

/** How people of records are found: by the ids that their senders' ids stand for, and by the keys of their addresses. */
export function namesOf(
  references: References,
  entries: readonly Entry<UserRecord>[],
): { ids: string[]; emails: string[] } {
  const ids = entries.flatMap(
    ({ record }) => (record.external_id && references.idOf("user", record.external_id)) || [],
  );
  return { ids, emails: [...new Set(entries.map(({ record }) => addressKey(record.email)))] };
}

/** The people of a batch as stored, locked in the order of their ids. */
async function loadStates(
  { tx, references }: Batch,
  entries: readonly Entry<UserRecord>[],
): Promise<Map<string, State>> {
  const { ids, emails } = namesOf(references, entries);
  const rows = await tx.query<Row>({
    name: "lock_people",
    text: `select id, n, created_at, created_at_source, deleted_at, field_revisions, email, full_name, company, department, timezone, is_active
      from users where org_id = $1 and (id = any($2::uuid[]) or email_key = any($3::text[])) order by id for no key update`,
    values: [tx.org_id, ids, emails],
  });
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        n: row.n,
        created_at: row.created_at,
        created_at_source: row.created_at_source,
        erased: row.deleted_at !== null,
        fields: fieldsOf(row),
        revisions: row.field_revisions,
        isNew: false,
        isTouched: false,
      },
    ]),
  );
}

/** Applies a record. @returns whether something visible changed */
function revisePerson({ dirty }: Batch, state: State, record: UserRecord): boolean {
  const revised = reviseEach(state.fields, state.revisions, fieldsOf(record), record.updated_at);
  const sent = record.created_at;
  const counts = sent !== undefined && (state.created_at_source !== "sent" || sent < state.created_at);
  const isChanged = (counts && sent !== state.created_at) || !same(revised.fields, state.fields);
  if (counts || isChanged || !same(revised.revisions, state.revisions)) state.isTouched = true;
  if (counts) {
    dirty.mark(null, state.created_at_source === "arrival" ? null : state.created_at, sent);
    state.created_at = sent;
    state.created_at_source = "sent";
  }
  state.fields = revised.fields;
  state.revisions = revised.revisions;
  return isChanged;
}

function freshPerson({ tx, source, now, dirty }: Batch, record: UserRecord): State {
  const created_at = record.created_at ?? now;
  const created_at_source = record.created_at === undefined ? "arrival" : "sent";
  const { fields, revisions } = reviseEach(defaults, {}, fieldsOf(record), record.updated_at);
  dirty.mark(null, record.created_at);
  const id = mintId(Date.parse(now), String(tx.org_id), "user", source, record.external_id ?? addressKey(record.email));
  return { id, n: 0, created_at, created_at_source, erased: false, fields, revisions, isNew: true, isTouched: false };
}

async function insertPeople(batch: Batch, fresh: readonly State[]): Promise<void> {
  if (fresh.length === 0) return;
  const { tx } = batch;
  const [numbered] = await tx.query<{ last: number }>({
    name: "number_people",
    text: "update org_counters set last_user_n = last_user_n + $2 where org_id = $1 returning last_user_n last",
    values: [tx.org_id, fresh.length],
  });
  fresh.forEach((state, i) => (state.n = numbered!.last - fresh.length + 1 + i));
  const rows = sortedBy(
    fresh.map((state) => toRow(batch, state)),
    (row) => row.email_key,
  );
  await insertNewRows(tx, "users", { id: "uuid", n: "int", ...mutable }, rows);
}

const toRow = ({ now }: Batch, state: State) => ({
  id: state.id,
  n: state.n,
  ...state.fields,
  email_key: emailKeyOf(state),
  created_at: state.created_at,
  created_at_source: state.created_at_source,
  updated_at: now,
  field_revisions: state.revisions,
});
