import type { RecordOf } from "@twin/contracts/ingest";
import { mintId, timeOf } from "../../postgres/uuid-time.ts";
import { type Batch, checkEnd, checkEventTime } from "./batch.ts";
import { storedAddress } from "../../access/address.ts";
import { Rejected } from "./outcome.ts";
import type { Entry } from "./parse.ts";
import { changed, type Fields, type Revised, revise, wholeOf } from "./revision.ts";
import { type Columns, insertNewRows, sortedBy, updateRows } from "./rows.ts";

type SessionRecord = RecordOf<"session">;
type State = {
  id: string;
  user_id: string;
  twin_id: string | null;
  started_at: string;
  revised: Revised;
  n: number;
  isNew: boolean;
  isTouched: boolean;
  /** It changed, and has or had no end: then it holds moments up to the last activity that names it. */
  isOpenChanged: boolean;
};
type Row = {
  id: string;
  user_id: string;
  twin_id: string | null;
  started_at: string;
  revised_at: string | null;
  n: number;
  platform: string;
  device_type: string | null;
  ended_at: string | null;
  interaction_count: number;
  ip_address: string | null;
  user_agent: string | null;
};

/** Longer sessions are mistakes of a sender's clock, and each would have years recomputed. */
const longestMs = 366 * 86_400_000;

const mutable: Columns = {
  twin_id: "uuid",
  platform: "text",
  device_type: "text",
  ended_at: "timestamptz",
  interaction_count: "int",
  ip_address: "inet",
  user_agent: "text",
  revised_at: "timestamptz",
};
const defaults: Fields = {
  device_type: null,
  ended_at: null,
  interaction_count: 0,
  ip_address: null,
  user_agent: null,
};

const fieldsOf = (
  { tenant }: Batch,
  { platform, device_type, ended_at, interaction_count, ip_address, user_agent }: SessionRecord,
): Fields => ({
  platform,
  device_type,
  ended_at,
  interaction_count,
  ip_address: ip_address && storedAddress(ip_address, tenant.truncate_ip),
  user_agent,
});

/** Stores sessions that a sender named. Start and user are a session's identity; a missing twin may be added. */
export async function writeSessions(batch: Batch, entries: readonly Entry<SessionRecord>[]): Promise<void> {
  if (entries.length === 0) return;
  const { tx, references, outcomes, source, lines } = batch;
  const states = await loadStates(batch, entries);
  const minted: { key: string; id: string }[] = [];

  for (const { index, record } of entries) {
    outcomes.attempt(index, () => {
      checkEventTime(batch, "started_at", record.started_at);
      checkEnd(batch, "ended_at", record.started_at, record.ended_at);
      if (record.ended_at && Date.parse(record.ended_at) - Date.parse(record.started_at) > longestMs) {
        throw new Rejected("INVALID", "a session lasts 366 days at most", "ended_at");
      }
      const person = references.person(record.user);
      const twin_id = record.twin ? references.twin(record.twin).id : null;
      const id = references.idOf("session", record.external_id);
      const state = states.get(record.external_id);
      if (state) {
        if (state.started_at !== record.started_at)
          throw new Rejected("CONFLICT", `this session started at ${state.started_at}`, "started_at");
        if (state.user_id !== person.id)
          throw new Rejected("CONFLICT", "this session belongs to somebody else", "user");
        if (twin_id && state.twin_id && state.twin_id !== twin_id)
          throw new Rejected("CONFLICT", "this session is with another twin", "twin");
        lines.met(state.id);
        outcomes.store(index, reviseSession(batch, state, record, twin_id) ? "updated" : "duplicate");
        return;
      }
      // The external id stays when a row is purged: this session's figures are kept.
      if (id && timeOf(id) !== Date.parse(record.started_at))
        throw new Rejected("CONFLICT", "this session started at another time", "started_at");
      const revised = { fields: wholeOf(fieldsOf(batch, record), defaults), revised_at: record.updated_at ?? null };
      const fresh = {
        id: id ?? mintId(Date.parse(record.started_at), String(tx.org_id), "session", source, record.external_id),
        user_id: person.id,
        twin_id,
        started_at: record.started_at,
        revised,
        n: person.n,
        isNew: true,
        isTouched: false,
        isOpenChanged: false,
      };
      states.set(record.external_id, fresh);
      if (!id) minted.push({ key: record.external_id, id: fresh.id });
      markSpan(batch, fresh);
      lines.made("session", fresh.id);
      outcomes.store(index, "accepted");
    });
  }

  const rows = (keep: (state: State) => boolean) =>
    sortedBy(
      [...states.values()]
        .filter(keep)
        .map((state) => ({ ...state, ...state.revised.fields, revised_at: state.revised.revised_at })),
      (row) => row.id,
    );
  await references.store("session", minted);
  await insertNewRows(
    tx,
    "sessions",
    { id: "uuid", user_id: "uuid", started_at: "timestamptz", ...mutable },
    rows((state) => state.isNew),
  );
  await updateRows(
    tx,
    "sessions",
    { keys: { id: "uuid" }, set: mutable, timeKey: "id" },
    rows((state) => state.isTouched && !state.isNew),
  );
  await markHeld(
    batch,
    [...states.values()].filter((state) => state.isOpenChanged),
  );
}

const endOf = (state: State) => (state.revised.fields["ended_at"] ?? null) as string | null;

/** Every day of the span: moments inside it belong to this session and begin none. */
function markSpan({ dirty, reach }: Batch, state: State): void {
  reach.note(state.started_at, endOf(state));
  dirty.markSpan(state.n, state.started_at, endOf(state) ?? state.started_at);
}

function reviseSession(batch: Batch, state: State, record: SessionRecord, twin_id: string | null): boolean {
  const after = revise(state.revised, fieldsOf(batch, record), record.updated_at, {
    ...defaults,
    platform: record.platform,
  });
  const fillsTwin = twin_id !== null && state.twin_id === null;
  const isChanged = fillsTwin || changed(state.revised, after);
  if (isChanged) {
    markSpan(batch, state);
    state.isOpenChanged ||= endOf(state) === null || (after.fields["ended_at"] ?? null) === null;
  }
  if (isChanged || after !== state.revised) state.isTouched = true;
  if (fillsTwin) state.twin_id = twin_id;
  state.revised = after;
  if (isChanged) markSpan(batch, state);
  return isChanged;
}

/** Marks every day from the start of sessions to the last activity that names them. */
async function markHeld({ tx, tenant, dirty }: Batch, states: readonly State[]): Promise<void> {
  if (states.length === 0) return;
  const held = await tx.query<{ n: number; started_at: string; last: string | null }>({
    name: "last_named_activities",
    text: `select s.n, s.started_at, a.last
      from unnest($2::uuid[], $3::int[], $4::timestamptz[]) s (id, n, started_at) cross join lateral (
        select max(a.started_at) as last from activities a
        where a.org_id = $1 and a.session_id = s.id and a.session_named and a.id >= uuid_floor(s.started_at)
          and a.id < uuid_floor(s.started_at + make_interval(days => $5) + interval '1 millisecond')
      ) a`,
    values: [
      tx.org_id,
      states.map(({ id }) => id),
      states.map(({ n }) => n),
      states.map(({ started_at }) => started_at),
      tenant.reach_days,
    ],
  });
  for (const { n, started_at, last } of held) if (last !== null) dirty.markSpan(n, started_at, last);
}

async function loadStates(
  { tx, references }: Batch,
  entries: readonly Entry<SessionRecord>[],
): Promise<Map<string, State>> {
  const keyOf = new Map(
    entries.flatMap(({ record }) => {
      const id = references.idOf("session", record.external_id);
      return id ? [[id, record.external_id] as const] : [];
    }),
  );
  if (keyOf.size === 0) return new Map();
  const rows = await tx.query<Row>({
    name: "lock_sessions",
    text: `select s.id, s.user_id, s.twin_id, s.started_at, s.revised_at, u.n, s.platform, s.device_type, s.ended_at, s.interaction_count,
        host(s.ip_address) ip_address, s.user_agent
      from sessions s join users u on u.org_id = $1 and u.id = s.user_id
      where s.org_id = $1 and s.id = any($2::uuid[]) and not s.is_derived order by s.id for no key update of s`,
    values: [tx.org_id, [...keyOf.keys()]],
  });
  return new Map(
    rows.map(({ id, user_id, twin_id, started_at, revised_at, n, ...fields }) => [
      keyOf.get(id)!,
      {
        id,
        user_id,
        twin_id,
        started_at,
        n,
        revised: { fields, revised_at },
        isNew: false,
        isTouched: false,
        isOpenChanged: false,
      },
    ]),
  );
}
