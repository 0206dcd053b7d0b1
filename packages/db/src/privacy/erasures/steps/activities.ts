import { type SQL, sql } from "drizzle-orm";
import { statement } from "../../../postgres/statement.ts";
import { nextAuthor } from "../../../people/authorship.ts";
import { takeNames, note, type ErasureStep, type ErasureWork } from "./step.ts";

type Activity = {
  id: string;
  started_at: string;
  /** The time of its document, query or shared interaction. */
  detail_at: string | null;
  is_conversation: boolean;
  next_id: string | null;
  next_n: number | null;
  first_at: string | null;
  /** The first and last day of its month: where it started in a sealed day, the month's stats may still be open. */
  month_first: string;
  month_last: string;
};

const theirs = statement(
  "privacy.erase_read_activities",
  { org_id: "int", user_id: "uuid", limit: "int" },
  {
    id: "uuid",
    started_at: "timestamptz",
    detail_at: "timestamptz?",
    is_conversation: "boolean",
    next_id: "uuid?",
    next_n: "int?",
    first_at: "timestamptz?",
    month_first: "date",
    month_last: "date",
  },
  (p) => sql`
    select a.id, a.started_at, coalesce(d.created_at, q.created_at, i.created_at) as detail_at,
      a.activity_type = 'conversation' as is_conversation, u.id as next_id, u.n as next_n, f.first_at,
      m.first as month_first, (m.first + interval '1 month')::date - 1 as month_last
    from (select * from activities where org_id = ${p.org_id} and user_id = ${p.user_id} order by id limit ${p.limit}) a
    join organizations o on o.id = ${p.org_id}
    cross join lateral (select date_trunc('month', day_of(a.started_at, day_rule_of(o))::timestamp)::date as first) m
    left join documents d on d.org_id = ${p.org_id} and d.activity_id = a.id
    left join queries q on q.org_id = ${p.org_id} and q.activity_id = a.id
    left join shared_twin_interactions i on i.org_id = ${p.org_id} and i.activity_id = a.id
    left join lateral (${nextAuthor(sql`a.id`, p)}) f on a.activity_type = 'conversation'
    left join users u on u.org_id = ${p.org_id} and u.id = f.next_id`,
);

/**
 * Deletes the person's activities with their details. A conversation in which others wrote passes to its next author with
 * its id and time, and without title, topic, summary and description. The messages were dealt with before.
 */
export const takeActivities: ErasureStep = async (work) => {
  const { tx, user_id, n, dirty } = work;
  // A conversation counts as many rows as its details and the messages of authors who were erased before.
  const activities = await tx.query(theirs({ org_id: tx.org_id, user_id, limit: Math.ceil(work.limit / 4) }));
  for (const { started_at, detail_at, next_n, first_at, month_first, month_last } of activities) {
    dirty.mark(n, started_at, detail_at);
    if (next_n === null) continue;
    dirty.mark(next_n, started_at, detail_at, first_at);
    dirty.markDays(next_n, month_first, month_last);
  }
  await remove(
    work,
    activities.filter(({ next_id }) => next_id === null),
  );
  await passOn(
    work,
    activities.filter(({ next_id }) => next_id !== null),
  );
  return activities.length;
};

/** Rows by ids, and the first and last of these: they keep a statement out of other months. */
const rowParams = { org_id: "int", ids: "uuid[]", from: "uuid", to: "uuid" } as const;
const within = (p: { org_id: SQL; ids: SQL; from: SQL; to: SQL }, column: string) => {
  const id = sql.raw(column);
  return sql`org_id = ${p.org_id} and ${id} = any(${p.ids}) and ${id} >= ${p.from} and ${id} <= ${p.to}`;
};

const eraseLeftMessages = statement(
  "privacy.erase_left_messages",
  rowParams,
  { created_at: "timestamptz" },
  (p) => sql`delete from messages where ${within(p, "conversation_id")} returning created_at`,
);

const eraseDetails = ["documents", "queries", "shared_twin_interactions", "conversations"].map((table) => ({
  table,
  erase: statement(
    `privacy.erase_${table}`,
    rowParams,
    { gone: "int" },
    (p) => sql`delete from ${sql.raw(table)} where ${within(p, "activity_id")} returning 1 as gone`,
  ),
}));

const eraseActivities = statement(
  "privacy.erase_activities",
  rowParams,
  {},
  (p) => sql`delete from activities where ${within(p, "id")}`,
);

async function remove(work: ErasureWork, activities: readonly Activity[]): Promise<void> {
  if (activities.length === 0) return;
  const { tx, dirty } = work;
  const ids = activities.map(({ id }) => id).sort();
  const rows = { org_id: tx.org_id, ids, from: ids[0]!, to: ids.at(-1)! };
  // Messages left of authors who were erased before: deleted here and not by the cascade, so that they are counted.
  const left = await tx.query(eraseLeftMessages(rows));
  dirty.mark(0, ...left.map(({ created_at }) => created_at));
  note(work, "messages", "erased", left.length);
  for (const { table, erase } of eraseDetails) {
    const gone = await tx.query(erase(rows));
    note(work, table, "erased", gone.length);
  }
  await takeNames(work, ids);
  await tx.query(eraseActivities(rows));
  note(work, "activities", "erased", activities.length);
}

const nextAuthorParams = { org_id: "int", ids: "uuid[]", next_ids: "uuid[]", from: "uuid", to: "uuid" } as const;
type NextAuthorParams = Record<keyof typeof nextAuthorParams, SQL>;
const nextAuthors = (p: NextAuthorParams & { first_at: SQL }) =>
  sql`unnest(${p.ids}, ${p.next_ids}, ${p.first_at}) s (id, next_id, first_at)`;
const at = (p: NextAuthorParams, row: string) => {
  const id = sql.raw(row);
  return sql`org_id = ${p.org_id} and ${id} = s.id and ${id} >= ${p.from} and ${id} <= ${p.to}`;
};

// Its session was theirs: that of the next author is derived from the next author's own moments.
const passOnActivities = statement(
  "privacy.pass_on_activities",
  { ...nextAuthorParams, first_at: "timestamptz[]" },
  {},
  (p) => sql`
    update activities a set user_id = s.next_id, session_id = null, session_named = false, action_description = null, metadata = null
    from ${nextAuthors(p)} where a.${at(p, "a.id")}`,
);

const passOnConversations = statement(
  "privacy.pass_on_conversations",
  { ...nextAuthorParams, first_at: "timestamptz[]" },
  {},
  (p) => sql`
    update conversations c set title = null, topic = null, summary = null, summary_model = null,
      inherited_from = coalesce(s.first_at, c.summarised_until, c.created_at)
    from ${nextAuthors(p)} where c.${at(p, "c.activity_id")}`,
);

const passOnOwnTwin = statement(
  "privacy.pass_on_own_twin",
  nextAuthorParams,
  { gone: "int" },
  (p) => sql`
    delete from shared_twin_interactions i using unnest(${p.ids}, ${p.next_ids}) s (id, next_id), twins t
    where i.${at(p, "i.activity_id")}
      and t.org_id = ${p.org_id} and t.id = i.twin_id and t.user_id = s.next_id returning 1 as gone`,
);

const passOnShared = statement(
  "privacy.pass_on_shared",
  nextAuthorParams,
  { kept: "int" },
  (p) => sql`
    update shared_twin_interactions i set accessing_user_id = s.next_id, interaction_purpose = null,
      interaction_summary = null, was_helpful = null, is_sent = false
    from unnest(${p.ids}, ${p.next_ids}) s (id, next_id)
    where i.${at(p, "i.activity_id")} returning 1 as kept`,
);

const passOnFirstShared = statement(
  "privacy.pass_on_first_shared",
  rowParams,
  {},
  (p) => sql`
    insert into shared_twin_interactions (org_id, activity_id, accessing_user_id, twin_owner_id, twin_id, created_at)
    select ${p.org_id}, a.id, a.user_id, t.user_id, a.twin_id, a.started_at
    from activities a left join twins t on t.org_id = ${p.org_id} and t.id = a.twin_id
    where a.org_id = ${p.org_id} and a.id = any(${p.ids}) and a.id >= ${p.from} and a.id <= ${p.to}
      and t.user_id is distinct from a.user_id
    order by a.id on conflict do nothing`,
);

async function passOn(work: ErasureWork, activities: readonly Activity[]): Promise<void> {
  if (activities.length === 0) return;
  const { tx } = work;
  const inOrder = activities.map(({ id }) => id).sort();
  const passed = {
    org_id: tx.org_id,
    ids: activities.map(({ id }) => id),
    next_ids: activities.map(({ next_id }) => next_id),
    from: inOrder[0]!,
    to: inOrder.at(-1)!,
  };
  const first_at = activities.map((activity) => activity.first_at);
  await tx.query(passOnActivities({ ...passed, first_at }));
  await tx.query(passOnConversations({ ...passed, first_at }));
  note(work, "activities", "passed_on", activities.length);
  note(work, "conversations", "passed_on", activities.length);
  // Somebody else than the owner used the twin: such an activity always has a row of shared use, an owner's never.
  const own = await tx.query(passOnOwnTwin(passed));
  note(work, "shared_twin_interactions", "erased", own.length);
  const kept = await tx.query(passOnShared(passed));
  note(work, "shared_twin_interactions", "passed_on", kept.length);
  await tx.query(passOnFirstShared(passed));
}
