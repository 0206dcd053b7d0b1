import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "./database.ts";
import { makeActivity, makeOrganization, makePerson, minutesFromNow } from "./rows.ts";

const database = useDatabase();
let orgs: number[];
beforeAll(async () => {
  orgs = [await makeOrganization(database.pool, "one"), await makeOrganization(database.pool, "two")];
  for (const org of orgs) {
    const person = await makePerson(database.pool, org);
    for (let i = 0; i < 4; i++) await makeActivity(database.pool, person, minutesFromNow(-i), "document");
  }
  await database.pool.query(
    "update documents set search = to_tsvector('simple', 'plan ' || substr(activity_id::text, 1, 1))",
  );
});

async function search(org: number, before: string | null, limit: number): Promise<string[]> {
  const client = await database.pool.connect();
  try {
    await client.query(`begin; set local role twin_app; set local app.org_id = '${org}'`);
    const text = "select id from search_documents('plan', $1, $2) as id";
    return (await client.query<{ id: string }>(text, [before, limit])).rows.map(({ id }) => id);
  } finally {
    await client.query("rollback");
    client.release();
  }
}

test("a search finds its own organisation's documents only, newest first, page by page", async () => {
  const text = "select activity_id::text as id from documents where org_id = $1 order by activity_id desc";
  for (const org of orgs) {
    const all = (await database.pool.query<{ id: string }>(text, [org])).rows.map(({ id }) => id);
    expect(await search(org, null, 10)).toEqual(all);
    expect(await search(org, null, 2)).toEqual(all.slice(0, 2));
    expect(await search(org, all[1]!, 2)).toEqual(all.slice(2));
  }
  expect(await search(999, null, 10)).toEqual([]);
});

test("the owner of the search may use the index of lexemes, which row-level security takes from others", async () => {
  const planAs = async (role: string) => {
    const client = await database.pool.connect();
    try {
      await client.query(`begin; set local role ${role}; set local app.org_id = '1'; set local enable_seqscan = off`);
      const columns = "select activity_id from documents where search @@ 'plan'::tsquery";
      return (await client.query<{ "QUERY PLAN": string }>(`explain ${columns}`)).rows
        .map((row) => row["QUERY PLAN"])
        .join("\n");
    } finally {
      await client.query("rollback");
      client.release();
    }
  };
  expect(await planAs("twin_reader")).toMatch(/Index Cond: \(search @@/);
  expect(await planAs("twin_app")).not.toMatch(/Index Cond: \(search @@/);
});
