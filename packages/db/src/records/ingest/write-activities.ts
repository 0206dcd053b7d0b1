import { isId } from "@twin/contracts/wire";
import type { RecordOf } from "@twin/contracts/ingest";
import { finest } from "../../tenancy/calendar/local-days.ts";
import { Turns } from "../../postgres/turns.ts";
import { mintId, timeOf } from "../../postgres/uuid-time.ts";
import { checkDetails, defaultFields, sentFields } from "./activity-fields.ts";
import { type Batch, checkEnd, checkEventTime, checkNotAhead } from "./batch.ts";
import { Rejected } from "./outcome.ts";
import type { ActivityEntry } from "./parse.ts";
import { type Person, type Twin, unknown } from "./references.ts";
import { changed, revise, same, wholeOf } from "./revision.ts";
import { type Columns, insertNewRows, sortedBy, updateRows } from "./rows.ts";
import { type ActivityState, isShared, loadActivities, type PartTimes } from "./stored-activities.ts";
import { writeDetails } from "./write-details.ts";

type ActivityRecord = RecordOf<"activity">;

const mutable: Columns = {
  session_id: "uuid",
  session_named: "bool",
  action_description: "text",
  ended_at: "timestamptz",
  platform: "text",
  device_type: "text",
  metadata: "json",
  revised_at: "timestamptz",
};
const identity: Columns = {
  id: "uuid",
  user_id: "uuid",
  twin_id: "uuid",
  activity_type: "text",
  started_at: "timestamptz",
};

/** Where an activity lies at most so many days after its session's start, every day between is marked. */
const reachMs = 366 * 86_400_000;

/**
 * Stores activities with their details. Time, type, user, twin and a session once named are identity.
 * @returns the activities of the batch by the index of their record: messages may belong to these
 */
export async function writeActivities(
  batch: Batch,
  entries: readonly ActivityEntry[],
): Promise<Map<number, ActivityState>> {
  const byIndex = new Map<number, ActivityState>();
  if (entries.length === 0) return byIndex;
  const { tx, references, outcomes, source, lines } = batch;
  const sessionOf = await loadSessions(batch, entries);
  const stored = await loadActivities(
    batch,
    entries.flatMap(({ record }) => references.idOf("activity", record.external_id) ?? []),
  );
  const states = new Map<string, ActivityState>();
  const minted: { key: string; id: string }[] = [];
  const turns = new Turns();

  for (const { index, record } of entries) {
    if (turns.isOver()) await turns.next();
    outcomes.attempt(index, () => {
      checkTimes(batch, record);
      const user = references.person(record.user);
      const twin = references.twin(record.twin);
      const session = record.session ? sessionOf(record.session, user) : null;
      const key = record.external_id;
      const known = references.idOf("activity", key);
      const state = states.get(key) ?? (known === undefined ? undefined : stored.get(known));
      if (state) {
        states.set(key, state);
        outcomes.store(index, reviseActivity(batch, state, record, user, twin, session) ? "updated" : "duplicate");
        lines.met(state.id);
        byIndex.set(index, state);
        return;
      }
      if (known && timeOf(known) !== Date.parse(record.started_at))
        throw new Rejected("CONFLICT", "this activity started at another time", "started_at");
      const id = known ?? mintId(Date.parse(record.started_at), String(tx.org_id), "activity", source, key);
      const fresh = freshActivity(batch, id, record, user, twin, session);
      if (!known) minted.push({ key, id });
      states.set(key, fresh);
      byIndex.set(index, fresh);
      lines.made("activity", id);
      outcomes.store(index, "accepted");
    });
  }

  const all = [...new Set(states.values())];
  const rows = (keep: (state: ActivityState) => boolean) =>
    sortedBy(
      all.filter(keep).map((state) => ({
        ...state,
        ...state.revised.fields,
        user_id: state.user.id,
        revised_at: state.revised.revised_at,
      })),
      (row) => row.id,
    );
  await Promise.all([
    references.store("activity", minted),
    insertNewRows(
      tx,
      "activities",
      { ...identity, ...mutable },
      rows((state) => state.isNew),
    ),
  ]);
  await updateRows(
    tx,
    "activities",
    { keys: { id: "uuid" }, set: mutable, timeKey: "id" },
    rows((state) => state.isTouched && !state.isNew),
  );
  for (const { isNew, started_at, revised } of all)
    if (isNew) batch.dirty.add(started_at, revised.fields["platform"] as string);
  if (all.some(movesPlatform)) batch.dirty.countAnew();
  await writeDetails(batch, all);
  await markMovedMessages(batch, all);
  return byIndex;
}

function checkTimes(batch: Batch, record: ActivityRecord): void {
  checkDetails(record);
  checkEventTime(batch, "started_at", record.started_at);
  checkEnd(batch, "ended_at", record.started_at, record.ended_at);
  checkNotAhead(batch, "document.exported_at", record.document?.exported_at);
  for (const part of ["document", "query", "shared"] as const) {
    const at = record[part]?.created_at;
    if (at) checkEventTime(batch, `${part}.created_at`, at);
  }
}

/** Resolves references to sessions; one whose raw row was purged is still known by its external id. */
async function loadSessions(
  { tx, references }: Batch,
  entries: readonly ActivityEntry[],
): Promise<(reference: string, user: Person) => string> {
  const wanted = [...new Set(entries.flatMap(({ record }) => record.session ?? []))];
  const ids = wanted.flatMap((key) => references.idOf("session", key) ?? (isId(key) ? key.toLowerCase() : []));
  const rows =
    ids.length === 0
      ? []
      : await tx.query<{ id: string; user_id: string }>({
          name: "load_sessions",
          text: "select id, user_id from sessions where org_id = $1 and id = any($2::uuid[]) and not is_derived",
          values: [tx.org_id, ids],
        });
  const userOf = new Map(rows.map((row) => [row.id, row.user_id]));
  return (reference, user) => {
    const mapped = references.idOf("session", reference);
    const id = mapped ?? reference.toLowerCase();
    const owner = userOf.get(id);
    if (!mapped && !owner) throw unknown("session", reference, "session");
    if (owner && owner !== user.id) throw new Rejected("CONFLICT", "this session belongs to somebody else", "session");
    return id;
  };
}

const partTimes = (state: Pick<ActivityState, "activity_type" | "started_at">, record: ActivityRecord): PartTimes => ({
  document: state.activity_type === "document" ? (record.document?.created_at ?? state.started_at) : null,
  query: state.activity_type === "query" ? (record.query?.created_at ?? state.started_at) : null,
  shared: null,
});

function freshActivity(
  batch: Batch,
  id: string,
  record: ActivityRecord,
  user: Person,
  twin: Twin,
  session: string | null,
): ActivityState {
  const { activity_type, started_at, platform } = record;
  const fields = wholeOf(sentFields(record), defaultFields(activity_type, platform));
  const state: ActivityState = {
    id,
    user,
    twin_id: twin.id,
    owner: twin.owner,
    activity_type,
    started_at,
    session_id: session,
    session_named: session !== null,
    times: partTimes({ activity_type, started_at }, record),
    revised: { fields, revised_at: record.updated_at ?? null },
    isNew: true,
    isTouched: false,
    isSessionFilled: false,
    before: null,
    wasShared: false,
  };
  if (isShared(state)) state.times.shared = record.shared?.created_at ?? started_at;
  mark(batch, state);
  return state;
}

/** Marks the days of an activity and its details, and those that its named session reaches over. */
function mark({ dirty, reach }: Batch, state: ActivityState): void {
  const { n } = state.user;
  reach.note(state.started_at, state.times.document, state.times.query, state.times.shared);
  dirty.mark(n, state.started_at, state.times.document, state.times.query, state.times.shared);
  if (!state.session_named || !state.session_id) return;
  const start = new Date(timeOf(state.session_id)).toISOString();
  reach.note(start, state.started_at);
  const [from, to] = [start, state.started_at].sort() as [string, string];
  if (Date.parse(to) - Date.parse(from) <= reachMs) dirty.markSpan(n, from, to);
  else dirty.mark(n, from, to);
}

function reviseActivity(
  batch: Batch,
  state: ActivityState,
  record: ActivityRecord,
  user: Person,
  twin: Twin,
  session: string | null,
): boolean {
  const conflict = (what: string, path: string) => new Rejected("CONFLICT", `this activity ${what}`, path);
  if (state.started_at !== record.started_at) throw conflict(`started at ${state.started_at}`, "started_at");
  if (state.activity_type !== record.activity_type)
    throw conflict(`is of type ${state.activity_type}`, "activity_type");
  if (state.user.id !== user.id) throw conflict("belongs to somebody else", "user");
  if (state.twin_id !== twin.id) throw conflict("is with another twin", "twin");
  if (session && state.session_named && state.session_id !== session)
    throw conflict("belongs to another session", "session");
  for (const part of ["document", "query", "shared"] as const) {
    const at = record[part]?.created_at;
    if (at && state.times[part] && state.times[part] !== at)
      throw conflict(`has its ${part} at ${state.times[part]}`, `${part}.created_at`);
  }
  const after = revise(
    state.revised,
    sentFields(record),
    record.updated_at,
    defaultFields(state.activity_type, record.platform),
  );
  const fillsSession = session !== null && !state.session_named;
  const isChanged = fillsSession || changed(state.revised, after);
  if (isChanged || !same(after.revised_at, state.revised.revised_at)) state.isTouched = true;
  state.revised = after;
  if (isShared(state)) state.times.shared ??= record.shared?.created_at ?? state.started_at;
  if (fillsSession) {
    state.session_id = session;
    state.session_named = true;
    state.isSessionFilled = !state.isNew;
  }
  // The owner of its twin was corrected, and the job that follows hasn't come here yet: shared use is written with this
  // record.
  const follows = !state.isNew && isShared(state) !== state.wasShared;
  if (isChanged || follows) mark(batch, state);
  return isChanged;
}

const movesPlatform = ({ before, revised }: ActivityState): boolean =>
  before !== null && before.fields["platform"] !== revised.fields["platform"];

/** A conversation's messages count on its platform, and make moments where it names no session: all their days are marked. */
async function markMovedMessages({ tx, dirty }: Batch, states: readonly ActivityState[]): Promise<void> {
  const moved = states.filter(
    (state) =>
      state.activity_type === "conversation" && state.before && (state.isSessionFilled || movesPlatform(state)),
  );
  if (moved.length === 0) return;
  const rows = await tx.query<{ n: number; created_at: string }>({
    text: `select distinct coalesce(u.n, 0) n, date_bin(${finest}, m.created_at, timestamptz 'epoch') created_at
      from messages m left join users u on u.org_id = $1 and u.id = m.user_id
      where m.org_id = $1 and m.conversation_id = any($2::uuid[])`,
    values: [tx.org_id, moved.map((state) => state.id)],
  });
  for (const row of rows) dirty.mark(row.n, row.created_at);
}
