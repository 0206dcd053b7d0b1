import { randomBytes } from "node:crypto";
import pg from "pg";
import { mintId } from "../src/postgres/uuid-time.ts";
import { type Cell, copyIn } from "./copy.ts";

// What the same tables take from nobody but PostgreSQL: nothing is looked up, checked, sealed, or followed by figures.

/** An organisation whose rows mean nothing, so that no figures are held against them: its people, each with a twin. */
export type LimitSide = { org_id: number; people: { user_id: string; twin_id: string }[] };

const activityColumns = ["org_id", "id", "user_id", "twin_id", "activity_type", "started_at", "platform"];
/** As long as a message of 350 characters that is sealed. */
const sealedBytes = 350 + 31;

/** Reads the people of an organisation that is there for limits alone. */
export async function readLimitSide(url: string, org_id: number): Promise<LimitSide> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("set enable_nestloop = off");
  const { rows } = await client.query<LimitSide["people"][number]>(
    `select u.id as user_id, t.id as twin_id from users u join twins t on t.org_id = u.org_id and t.user_id = u.id
     where u.org_id = $1 order by u.n`,
    [org_id],
  );
  await client.end();
  return { org_id, people: rows };
}

let made = 0;

function activityOf({ org_id, people }: LimitSide): { id: string; at: number; row: Cell[] } {
  const at = Date.now();
  const { user_id, twin_id } = people[made % people.length]!;
  const id = mintId(at, "limit", String(process.pid), String(made++));
  return { id, at, row: [org_id, id, user_id, twin_id, "query", new Date(at).toISOString(), "web"] };
}

/** @returns how many rows a second some connections insert, each by a prepared statement in a transaction of its own */
export function measureInserts(url: string, side: LimitSide, connections: number, seconds: number): Promise<number> {
  const places = activityColumns.map((_, i) => `$${i + 1}`).join(", ");
  const text = `insert into activities (${activityColumns.join(", ")}) values (${places})`;
  return measure(url, connections, seconds, async (client) => {
    await client.query({ name: "limit", text, values: activityOf(side).row });
    return 1;
  });
}

/** @returns how many rows a second some connections add by COPY, a batch a transaction */
export function measureCopies(
  url: string,
  side: LimitSide,
  options: { connections: number; batch: number; seconds: number },
): Promise<number> {
  return measure(url, options.connections, options.seconds, async (client) => {
    const rows = Array.from({ length: options.batch }, () => activityOf(side).row);
    await copyIn(client, "activities", activityColumns, rows);
    return rows.length;
  });
}

/**
 * Adds conversations by three COPYs a transaction, into activities, conversations and messages.
 * @param options.batch conversations in a transaction
 * @returns how many conversations and messages a second, together
 */
export function measureConversationCopies(
  url: string,
  side: LimitSide,
  options: { connections: number; batch: number; messages: number; seconds: number },
): Promise<number> {
  const content = randomBytes(sealedBytes);
  return measure(url, options.connections, options.seconds, async (client) => {
    const activities: Cell[][] = [];
    const conversations: Cell[][] = [];
    const messages: Cell[][] = [];
    for (let i = 0; i < options.batch; i++) {
      const { id, at, row } = activityOf(side);
      const [org_id, , user_id] = row as [number, string, string];
      activities.push(row.with(4, "conversation"));
      conversations.push([org_id, id, "Second delivery", new Date(at).toISOString()]);
      for (let m = 0; m < options.messages; m++) {
        const said = at + m;
        const sender = m % 2 === 0 ? "user" : "twin";
        const message = mintId(said, "limit", id, String(m));
        messages.push([org_id, id, message, user_id, sender, content, 40, new Date(said).toISOString()]);
      }
    }
    await client.query("begin");
    await copyIn(client, "activities", activityColumns, activities);
    await copyIn(client, "conversations", ["org_id", "activity_id", "title", "created_at"], conversations);
    const columns = [
      "org_id",
      "conversation_id",
      "id",
      "user_id",
      "sender_type",
      "content",
      "token_count",
      "created_at",
    ];
    await copyIn(client, "messages", columns, messages);
    await client.query("commit");
    return conversations.length + messages.length;
  });
}

/** Each connection does it again and again; the first half second only warms up. @returns how much a second */
async function measure(
  url: string,
  connections: number,
  seconds: number,
  act: (client: pg.PoolClient) => Promise<number>,
): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: connections, application_name: "bench limit" });
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
  const begun = performance.now() + 500;
  const end = begun + seconds * 1_000;
  let count = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < end) {
        const done = await act(client);
        const now = performance.now();
        if (now >= begun && now < end) count += done;
      }
    }),
  );
  for (const client of clients) client.release();
  await pool.end();
  return count / seconds;
}
