import type pg from "pg";
import type { Actor } from "../src/tenancy/actor.ts";
import { mintId } from "../src/postgres/uuid-time.ts";
import { systemOf } from "./actors.ts";

/** An organisation of a test, with people and twins to refer to by index. Person `i` has the number `i + 1`. */
export type World = {
  org_id: number;
  time_zone: string;
  people: { id: string; n: number }[];
  /** Twin `i` belongs to person `i`. */
  twins: string[];
  system: Actor;
};

let made = 0;

/** Stores an organisation with people (created at `created_at`) and as many twins. */
export async function createWorld(
  pool: pg.Pool,
  options: { org_id?: number; time_zone?: string; people?: number; created_at?: string } = {},
): Promise<World> {
  const { org_id = ++made, time_zone = "UTC", people = 2, created_at = "2025-01-01T00:00:00Z" } = options;
  // Rows that come past ingest may lie far from their activities.
  await pool.query("insert into organizations (id, name, time_zone, reach_days) values ($1, $2, $3, 366)", [
    org_id,
    `Org ${org_id}`,
    time_zone,
  ]);
  await pool.query("insert into org_counters (org_id, last_user_n) values ($1, $2)", [org_id, people]);
  const world: World = {
    org_id,
    time_zone,
    people: [],
    twins: [],
    system: systemOf(org_id),
  };
  for (let n = 1; n <= people; n++) {
    const id = mintId(Date.parse(created_at), "user", String(org_id), String(n));
    const twin = mintId(Date.parse(created_at), "twin", String(org_id), String(n));
    await pool.query(
      "insert into users (org_id, id, n, email, email_key, full_name, created_at) values ($1, $2, $3, $4, $4, $5, $6)",
      [org_id, id, n, `person${n}@org${org_id}.example`, `Person ${n}`, created_at],
    );
    await pool.query("insert into twins (org_id, id, user_id, name, created_at) values ($1, $2, $3, $4, $5)", [
      org_id,
      twin,
      id,
      `Twin ${n}`,
      created_at,
    ]);
    world.people.push({ id, n });
    world.twins.push(twin);
  }
  return world;
}

/** Marks the local days of instants for a person (null: only the day's own numbers), as the write path does. */
export async function markDirty(pool: pg.Pool, world: World, n: number | null, ...instants: string[]): Promise<void> {
  await pool.query(
    "insert into ops.dirty_log (org_id, day, n) select $1, (t at time zone $2)::date, $3 from unnest($4::timestamptz[]) t",
    [world.org_id, world.time_zone, n, instants],
  );
}

async function ensureMonths(pool: pg.Pool, ...instants: string[]): Promise<void> {
  for (const month of new Set(instants.map((at) => `${new Date(at).toISOString().slice(0, 7)}-01`))) {
    await pool.query("select ensure_month($1)", [month]);
  }
}

export type SessionSeed = {
  user?: number;
  twin?: number | null;
  platform?: string;
  started_at: string;
  ended_at?: string | null;
};

/** Stores a session that a sender named; answers with its id. */
export async function createSession(pool: pg.Pool, world: World, seed: SessionSeed): Promise<string> {
  const { user = 0, twin = null, platform = "web", started_at, ended_at = null } = seed;
  const id = mintId(Date.parse(started_at), "session", String(++made));
  await ensureMonths(pool, started_at);
  await pool.query(
    "insert into sessions (org_id, id, user_id, twin_id, platform, started_at, ended_at) values ($1, $2, $3, $4, $5, $6, $7)",
    [
      world.org_id,
      id,
      world.people[user]!.id,
      twin === null ? null : world.twins[twin],
      platform,
      started_at,
      ended_at,
    ],
  );
  await markDirty(pool, world, world.people[user]!.n, started_at, ...(ended_at ? [ended_at] : []));
  return id;
}

export type MessageSeed = { at: string; sender?: "user" | "twin"; user?: number | null; seq?: number; tokens?: number };
export type ActivitySeed = {
  user?: number;
  twin?: number;
  platform?: string;
  type?: "conversation" | "query" | "document" | "shared";
  started_at: string;
  ended_at?: string | null;
  session?: string;
  messages?: MessageSeed[];
  helpful?: boolean | null;
};

/** Stores an activity with its detail; answers with its id. */
export async function createActivity(pool: pg.Pool, world: World, seed: ActivitySeed): Promise<string> {
  const {
    user = 0,
    twin = 0,
    platform = "slack",
    type = "conversation",
    started_at,
    ended_at = null,
    session,
    messages = [],
  } = seed;
  const person = world.people[user]!;
  const id = mintId(Date.parse(started_at), "activity", String(++made));
  await ensureMonths(pool, started_at);
  await pool.query(
    `insert into activities (org_id, id, user_id, twin_id, session_id, session_named, activity_type, started_at, ended_at, platform)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      world.org_id,
      id,
      person.id,
      world.twins[twin],
      session ?? null,
      session !== undefined,
      type,
      started_at,
      ended_at,
      platform,
    ],
  );
  await markDirty(pool, world, person.n, started_at);
  const detail = [world.org_id, id, person.id];
  if (type === "conversation")
    await pool.query("insert into conversations (org_id, activity_id) values ($1, $2)", detail.slice(0, 2));
  if (type === "document") {
    await pool.query("insert into documents (org_id, activity_id, user_id, created_at) values ($1, $2, $3, $4)", [
      ...detail,
      started_at,
    ]);
  }
  if (type === "query") {
    await pool.query("insert into queries (org_id, activity_id, user_id, created_at) values ($1, $2, $3, $4)", [
      ...detail,
      started_at,
    ]);
  }
  if (type === "shared") {
    await pool.query(
      `insert into shared_twin_interactions (org_id, activity_id, accessing_user_id, twin_id, was_helpful, created_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [...detail, world.twins[twin], seed.helpful ?? null, started_at],
    );
  }
  await createMessages(pool, world, { activity: id, user }, messages);
  return id;
}

/** Stores messages of a conversation of person `user`. */
export async function createMessages(
  pool: pg.Pool,
  world: World,
  conversation: { activity: string; user: number },
  messages: readonly MessageSeed[],
): Promise<void> {
  for (const { at, sender = "user", user = conversation.user, seq = null, tokens = null } of messages) {
    await ensureMonths(pool, at);
    const author = sender === "twin" ? world.people[conversation.user]! : user === null ? null : world.people[user]!;
    await pool.query(
      `insert into messages (org_id, conversation_id, id, user_id, sender_type, created_at, seq, token_count)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        world.org_id,
        conversation.activity,
        mintId(Date.parse(at), "message", String(++made)),
        author?.id ?? null,
        sender,
        at,
        seq,
        tokens,
      ],
    );
    await markDirty(pool, world, author?.n ?? 0, at);
    await pool.query(
      `insert into ops.dirty_log (org_id, day, n) select a.org_id, (a.started_at at time zone $3)::date, u.n
       from activities a join users u on u.org_id = a.org_id and u.id = a.user_id where a.org_id = $1 and a.id = $2`,
      [world.org_id, conversation.activity, world.time_zone],
    );
  }
}
