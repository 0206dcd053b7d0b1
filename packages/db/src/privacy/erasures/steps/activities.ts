import { nextAuthor } from "../../../people/authorship.ts";
import { forgetNames, note, type Step, type Work } from "./step.ts";

type Activity = {
  id: string;
  started_at: string;
  /** When its document, query or shared interaction was. */
  detail_at: string | null;
  is_conversation: boolean;
  next_id: string | null;
  next_n: number | null;
  first_at: string | null;
  /** The first and last day of its month: where it started in a sealed day, the month's stats may still be open. */
  month_first: string;
  month_last: string;
};

const theirs = `
  select a.id, a.started_at, coalesce(d.created_at, q.created_at, i.created_at) as detail_at,
    a.activity_type = 'conversation' as is_conversation, u.id as next_id, u.n as next_n, f.first_at,
    m.first as month_first, (m.first + interval '1 month')::date - 1 as month_last
  from (select * from activities where org_id = $1 and user_id = $2 order by id limit $3::int) a
  join organizations o on o.id = $1
  cross join lateral (select date_trunc('month', day_of(a.started_at, day_rule_of(o))::timestamp)::date as first) m
  left join documents d on d.org_id = $1 and d.activity_id = a.id
  left join queries q on q.org_id = $1 and q.activity_id = a.id
  left join shared_twin_interactions i on i.org_id = $1 and i.activity_id = a.id
  left join lateral (${nextAuthor("a.id")}) f on a.activity_type = 'conversation'
  left join users u on u.org_id = $1 and u.id = f.next_id`;

/**
 * Takes the person's activities: a conversation in which others wrote passes to the next author with its id and time, and
 * without title, topic, summary and description; everything else goes with its details. Their messages have gone before.
 */
export const takeActivities: Step = async (work) => {
  const { tx, user_id, n, dirty } = work;
  // A conversation counts for as much as its details and the messages of those who were erased before.
  const activities = await tx.query<Activity>({
    name: "erase_read_activities",
    text: theirs,
    values: [tx.org_id, user_id, Math.ceil(work.limit / 4)],
  });
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

async function remove(work: Work, activities: readonly Activity[]): Promise<void> {
  if (activities.length === 0) return;
  const { tx, dirty } = work;
  const ids = activities.map(({ id }) => id).sort();
  const values = [tx.org_id, ids, ids[0], ids.at(-1)];
  const within = (column: string) =>
    `org_id = $1 and ${column} = any($2::uuid[]) and ${column} >= $3::uuid and ${column} <= $4::uuid`;
  // Left of authors who were erased before; deleted here and not by the cascade, so that they are counted.
  const left = await tx.query<{ created_at: string }>({
    name: "erase_left_messages",
    text: `delete from messages where ${within("conversation_id")} returning created_at`,
    values,
  });
  dirty.mark(0, ...left.map(({ created_at }) => created_at));
  note(work, "messages", "erased", left.length);
  for (const table of ["documents", "queries", "shared_twin_interactions", "conversations"]) {
    const gone = await tx.query({
      name: `erase_${table}`,
      text: `delete from ${table} where ${within("activity_id")} returning 1`,
      values,
    });
    note(work, table, "erased", gone.length);
  }
  await forgetNames(work, ids);
  await tx.query({ name: "erase_activities", text: `delete from activities where ${within("id")}`, values });
  note(work, "activities", "erased", activities.length);
}

async function passOn(work: Work, activities: readonly Activity[]): Promise<void> {
  if (activities.length === 0) return;
  const { tx } = work;
  const ids = activities.map(({ id }) => id).sort();
  const heirs = "unnest($2::uuid[], $3::uuid[], $6::timestamptz[]) s (id, next_id, first_at)";
  const values = [
    tx.org_id,
    activities.map(({ id }) => id),
    activities.map(({ next_id }) => next_id),
    ids[0],
    ids.at(-1),
    activities.map(({ first_at }) => first_at),
  ];
  const at = (row: string) => `org_id = $1 and ${row} = s.id and ${row} >= $4::uuid and ${row} <= $5::uuid`;
  // Its session was theirs: the next author's is derived from their own moments.
  await tx.query({
    name: "pass_on_activities",
    text: `update activities a set user_id = s.next_id, session_id = null, session_named = false, action_description = null, metadata = null
      from ${heirs} where a.${at("a.id")}`,
    values,
  });
  await tx.query({
    name: "pass_on_conversations",
    text: `update conversations c set title = null, topic = null, summary = null, summary_model = null,
        inherited_from = coalesce(s.first_at, c.summarised_until, c.created_at)
      from ${heirs} where c.${at("c.activity_id")}`,
    values,
  });
  note(work, "activities", "passed_on", activities.length);
  note(work, "conversations", "passed_on", activities.length);
  await passOnShared(work, activities, values.slice(0, 5));
}

/** Who isn't the twin's owner has used somebody else's: such an activity always has its row, an owner's never. */
async function passOnShared(work: Work, activities: readonly Activity[], values: unknown[]): Promise<void> {
  const { tx } = work;
  const own = await tx.query({
    name: "pass_on_own_twin",
    text: `delete from shared_twin_interactions i using unnest($2::uuid[], $3::uuid[]) s (id, next_id), twins t
      where i.org_id = $1 and i.activity_id = s.id and i.activity_id >= $4::uuid and i.activity_id <= $5::uuid
        and t.org_id = $1 and t.id = i.twin_id and t.user_id = s.next_id returning 1`,
    values,
  });
  note(work, "shared_twin_interactions", "erased", own.length);
  const kept = await tx.query({
    name: "pass_on_shared",
    text: `update shared_twin_interactions i set accessing_user_id = s.next_id, interaction_purpose = null,
        interaction_summary = null, was_helpful = null, is_sent = false
      from unnest($2::uuid[], $3::uuid[]) s (id, next_id)
      where i.org_id = $1 and i.activity_id = s.id and i.activity_id >= $4::uuid and i.activity_id <= $5::uuid returning 1`,
    values,
  });
  note(work, "shared_twin_interactions", "passed_on", kept.length);
  await tx.query({
    name: "pass_on_first_shared",
    text: `insert into shared_twin_interactions (org_id, activity_id, accessing_user_id, twin_owner_id, twin_id, created_at)
      select $1, a.id, a.user_id, t.user_id, a.twin_id, a.started_at
      from activities a left join twins t on t.org_id = $1 and t.id = a.twin_id
      where a.org_id = $1 and a.id = any($2::uuid[]) and a.id >= $3::uuid and a.id <= $4::uuid
        and t.user_id is distinct from a.user_id
      order by a.id on conflict do nothing`,
    values: [tx.org_id, activities.map(({ id }) => id), values[3], values[4]],
  });
}
