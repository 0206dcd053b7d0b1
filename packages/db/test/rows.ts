import { randomUUID } from "node:crypto";
import type pg from "pg";
import { mintId, timeOf } from "../src/postgres/uuid-time.ts";

/** Rows for tests of the schema, written by the superuser past every verb. */
type Db = Pick<pg.Pool, "query">;

export type Person = { org_id: number; n: number; user_id: string; twin_id: string };

/** An organisation with a name and nothing else. */
export async function makeOrganization(db: Db, slug: string, time_zone = "UTC"): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `insert into auth.organizations (id, slug, name) values (nextval('organization_ids'), $1, $1) returning id`,
    [slug],
  );
  const { id } = rows[0]!;
  await db.query("insert into organizations (id, name, time_zone) values ($1, $2, $3)", [id, slug, time_zone]);
  await db.query("insert into org_counters (org_id) values ($1)", [id]);
  return id;
}

/** A person with a twin of their own; n counts up. */
export async function makePerson(db: Db, org_id: number, name = "person"): Promise<Person> {
  const [user_id, twin_id] = [randomUUID(), randomUUID()];
  const { rows } = await db.query<{ n: number }>(
    "update org_counters set last_user_n = last_user_n + 1 where org_id = $1 returning last_user_n as n",
    [org_id],
  );
  const { n } = rows[0]!;
  await db.query(
    "insert into users (org_id, id, n, email, email_key, full_name) values ($1, $2, $3, $4, lower($4), $5)",
    [org_id, user_id, n, `${name}-${n}@${org_id}.example`, `${name} ${n}`],
  );
  await db.query("insert into twins (org_id, id, user_id, name) values ($1, $2, $3, $4)", [
    org_id,
    twin_id,
    user_id,
    `${name} ${n}'s Twin`,
  ]);
  return { org_id, n, user_id, twin_id };
}

export async function makeSession(db: Db, person: Person, started_at: string, ended_at?: string): Promise<string> {
  const id = mintId(new Date(started_at), randomUUID());
  await db.query(
    `insert into sessions (org_id, id, user_id, twin_id, platform, started_at, ended_at)
     values ($1, $2, $3, $4, 'slack', $5, $6)`,
    [person.org_id, id, person.user_id, person.twin_id, started_at, ended_at ?? null],
  );
  return id;
}

/** An activity of the person's own twin, with its row of detail. */
export async function makeActivity(
  db: Db,
  { org_id, user_id, twin_id }: Person,
  started_at: string,
  activity_type: "conversation" | "document" = "conversation",
): Promise<string> {
  const id = mintId(new Date(started_at), randomUUID());
  await db.query(
    `insert into activities (org_id, id, user_id, twin_id, activity_type, started_at, platform)
     values ($1, $2, $3, $4, $5, $6, 'slack')`,
    [org_id, id, user_id, twin_id, activity_type, started_at],
  );
  if (activity_type === "conversation") {
    await db.query("insert into conversations (org_id, activity_id) values ($1, $2)", [org_id, id]);
  } else {
    await db.query("insert into documents (org_id, activity_id, user_id, created_at) values ($1, $2, $3, $4)", [
      org_id,
      id,
      user_id,
      started_at,
    ]);
  }
  return id;
}

/** Messages of a conversation, a second apart from its start; one statement. */
export async function makeMessages(
  db: Db,
  person: Person,
  conversation_id: string,
  tokens: number[],
): Promise<string[]> {
  const times = tokens.map((_, index) => timeOf(conversation_id) + index * 1000);
  const ids = times.map((at) => mintId(at, randomUUID()));
  await db.query(
    `insert into messages (org_id, conversation_id, id, user_id, sender_type, token_count, seq, created_at)
     select $1, $2, m.id, $3, 'user', m.tokens, m.seq, uuid_time(m.id)
     from unnest($4::uuid[], $5::int[]) with ordinality as m (id, tokens, seq)`,
    [person.org_id, conversation_id, person.user_id, ids, tokens],
  );
  return ids;
}

/** A time beside now, to the millisecond. */
export function minutesFromNow(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString();
}
