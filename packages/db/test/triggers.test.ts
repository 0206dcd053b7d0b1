import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { mintId } from "../src/postgres/uuid-time.ts";
import { useDatabase } from "./database.ts";
import {
  makeActivity,
  makeMessages,
  makeOrganization,
  makePerson,
  makeSession,
  minutesFromNow,
  type Person,
} from "./rows.ts";

const database = useDatabase({ max: 8 });
let org: number;
let person: Person;
beforeAll(async () => {
  // In the first minutes of a month, what happened minutes ago lies in the one before.
  await database.pool.query("select ensure_month(date_trunc('month', now() - interval '1 day')::date)");
  org = await makeOrganization(database.pool, "acme");
  person = await makePerson(database.pool, org);
});

const one = async (text: string, values: unknown[] = []): Promise<unknown> => {
  const { rows } = await database.pool.query(text, values);
  return rows[0];
};

describe("users.last_active_at", () => {
  const lastActive = async (user_id: string) =>
    (
      (await one("select last_active_at as at from users where id = $1", [user_id])) as { at: Date | null }
    ).at?.toISOString();

  test("follows the newest session and never moves back", async () => {
    const late = minutesFromNow(-10);
    await makeSession(database.pool, person, late);
    expect(await lastActive(person.user_id)).toBe(late);
    await makeSession(database.pool, person, minutesFromNow(-60));
    expect(await lastActive(person.user_id)).toBe(late);
    await database.pool.query("update sessions set ended_at = now() where user_id = $1", [person.user_id]);
    expect(await lastActive(person.user_id)).toBe(late);
  });

  test("a statement with many sessions takes each person's newest", async () => {
    const others = [await makePerson(database.pool, org), await makePerson(database.pool, org)];
    const times = [-5, -3, -4].map(minutesFromNow);
    await database.pool.query(
      `insert into sessions (org_id, id, user_id, platform, started_at)
       select $1, s.id, s.user_id, 'web', s.at from unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) as s (id, user_id, at)`,
      [
        org,
        [...times, ...times].map((at) => mintId(new Date(at), randomUUID())),
        [...times.map(() => others[0]!.user_id), ...times.map(() => others[1]!.user_id)],
        [...times, ...times],
      ],
    );
    for (const { user_id } of others) expect(await lastActive(user_id)).toBe(times[1]);
  });

  test("a session's duration is whole seconds, rounded down, and null while it is open", async () => {
    const start = minutesFromNow(-30);
    const end = new Date(Date.parse(start) + 90_999).toISOString();
    const id = await makeSession(database.pool, person, start, end);
    const open = await makeSession(database.pool, person, start);
    expect(await one("select duration_seconds as s from sessions where id = $1", [id])).toEqual({ s: 90 });
    expect(await one("select duration_seconds as s from sessions where id = $1", [open])).toEqual({ s: null });
  });
});

describe("conversations.message_count and total_tokens", () => {
  const counts = (id: string) =>
    one("select message_count as messages, total_tokens as tokens from conversations where activity_id = $1", [id]);

  test("follow inserts, updates of tokens and deletes", async () => {
    const id = await makeActivity(database.pool, person, minutesFromNow(-20));
    const messages = await makeMessages(database.pool, person, id, [10, 20, 30]);
    expect(await counts(id)).toEqual({ messages: 3, tokens: 60 });
    await database.pool.query("update messages set token_count = token_count + 5 where conversation_id = $1", [id]);
    expect(await counts(id)).toEqual({ messages: 3, tokens: 75 });
    await database.pool.query("update messages set token_count = null where id = $1", [messages[0]]);
    expect(await counts(id)).toEqual({ messages: 3, tokens: 60 });
    await database.pool.query("delete from messages where id = any ($1)", [messages.slice(0, 2)]);
    expect(await counts(id)).toEqual({ messages: 1, tokens: 35 });
    await database.pool.query("delete from messages where conversation_id = $1", [id]);
    expect(await counts(id)).toEqual({ messages: 0, tokens: 0 });
  });

  test("messages that were there already count once", async () => {
    const id = await makeActivity(database.pool, person, minutesFromNow(-20));
    const [message] = await makeMessages(database.pool, person, id, [7]);
    await database.pool.query(
      `insert into messages (org_id, conversation_id, id, user_id, sender_type, created_at)
       select org_id, conversation_id, id, user_id, sender_type, created_at from messages where id = $1
       on conflict do nothing`,
      [message],
    );
    expect(await counts(id)).toEqual({ messages: 1, tokens: 7 });
  });

  test("a person's deletion takes activities, details and messages with it", async () => {
    const leaver = await makePerson(database.pool, org);
    const id = await makeActivity(database.pool, leaver, minutesFromNow(-20));
    await makeMessages(database.pool, leaver, id, [1, 2, 3]);
    await makeActivity(database.pool, leaver, minutesFromNow(-20), "document");
    const client = await database.pool.connect();
    await client.query(`begin; set local role twin_worker; set local app.org_id = '${org}'`);
    await client.query("delete from users where org_id = $1 and id = $2", [org, leaver.user_id]);
    await client.query("commit");
    client.release();
    for (const table of ["activities", "conversations", "messages", "documents"]) {
      const column = table === "messages" ? "user_id" : table === "conversations" ? "activity_id" : "user_id";
      const value = table === "conversations" ? id : leaver.user_id;
      const text = `select count(*)::int as rows from ${table} where ${column} = $1`;
      expect(await one(text, [value]), table).toEqual({ rows: 0 });
    }
    expect(await one("select user_id from twins where id = $1", [leaver.twin_id])).toEqual({ user_id: null });
  });
});

test("concurrent batches over the same people and conversations neither deadlock nor lose a count", async () => {
  const people: Person[] = [];
  for (let i = 0; i < 6; i++) people.push(await makePerson(database.pool, org));
  const ids: string[] = [];
  for (const each of people) ids.push(await makeActivity(database.pool, each, minutesFromNow(-40)));
  const at = Date.parse(minutesFromNow(-39));
  const rounds = 25;
  const batch = async (worker: number) => {
    const client = await database.pool.connect();
    try {
      for (let round = 0; round < rounds; round++) {
        // Each worker names the same rows in another order.
        const order = people.map((_, i) => (i * (worker % 2 ? 5 : 1) + worker + round) % people.length);
        await client.query("begin");
        await client.query(
          `insert into sessions (org_id, id, user_id, platform, started_at)
           select $1, id, user_id, 'web', uuid_time(id) from unnest($2::uuid[], $3::uuid[]) as s (id, user_id)`,
          [org, order.map(() => mintId(at + round, randomUUID())), order.map((i) => people[i]!.user_id)],
        );
        await client.query(
          `insert into messages (org_id, conversation_id, id, user_id, sender_type, token_count, created_at)
           select $1, c, id, u, 'user', 1, uuid_time(id) from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as m (c, id, u)`,
          [
            org,
            order.map((i) => ids[i]),
            order.map(() => mintId(at + round, randomUUID())),
            order.map((i) => people[i]!.user_id),
          ],
        );
        await client.query("commit");
      }
    } finally {
      client.release();
    }
  };
  await Promise.all([0, 1, 2, 3].map(batch));
  const { rows } = await database.pool.query(
    "select distinct message_count, total_tokens from conversations where activity_id = any ($1)",
    [ids],
  );
  expect(rows).toEqual([{ message_count: 4 * rounds, total_tokens: 4 * rounds }]);
});
