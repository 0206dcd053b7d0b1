import { UsersInput } from "@twin/contracts/users";
import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeActive } from "../../../test/figures/active-days.ts";
import { useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { listUsers } from "./list.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
let reader: Actor;

// Two were active at the same moment, three never: the order must tell them apart.
beforeAll(async () => {
  const starts = {
    ann: ["2026-03-02", "2026-03-10"],
    bob: ["2026-03-10"],
    cyd: ["2026-03-04"],
    dan: ["2026-03-01"],
    eve: [],
    fay: [],
    gus: [],
  };
  ({ reader } = await makeActive(application.db, starts, { now }));
});

const list = (input: object, actor = reader) => listUsers(application.db, actor, UsersInput.parse(input), now);

async function walk(input: object): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await list({ ...input, ...(cursor && { cursor }) });
    expect(page.total).toBe((await list({ ...input, limit: 200 })).total);
    seen.push(...page.users.map(({ name }) => name));
    if (page.next_cursor === null) return seen;
    cursor = page.next_cursor;
  }
}

test("people are walked page by page, active last first, each once, and those who never were at the end", async () => {
  const { users, total } = await list({ limit: 200 });
  const names = users.map(({ name }) => name);
  expect(names).toEqual(["bob", "ann", "cyd", "dan", "gus", "fay", "eve"]);
  expect(total).toBe(7);
  for (const limit of [1, 2, 3, 4, 5]) expect(await walk({ limit })).toEqual(names);
});

test("people are walked by name in any case and by when they became known, both ways, and back from those active longest ago", async () => {
  const { rows } = await database.pool.query<{ full_name: string }>(
    "update users set full_name = case full_name when 'bob' then 'Bob' when 'gus' then 'bob' else full_name end where org_id = $1 returning full_name",
    [reader.org_id],
  );
  expect(rows).toHaveLength(7);
  const byName = ["ann", "Bob", "bob", "cyd", "dan", "eve", "fay"];
  const byActivity = ["dan", "cyd", "ann", "Bob", "eve", "fay", "bob"];
  const known = (await list({ sort: "created_at", limit: 200 })).users.map(({ created_at }) => created_at);
  expect(known).toEqual(known.toSorted().toReversed());
  const knownFirst = (await list({ sort: "created_at", order: "asc", limit: 200 })).users.map(({ name }) => name);
  expect(knownFirst.slice(0, 4)).toEqual(["dan", "ann", "cyd", "Bob"]);
  for (const limit of [1, 2, 3, 200]) {
    expect(await walk({ limit, sort: "name" })).toEqual(byName);
    expect(await walk({ limit, sort: "name", order: "desc" })).toEqual(byName.toReversed());
    expect(await walk({ limit, order: "asc" })).toEqual(byActivity);
    expect(await walk({ limit, sort: "created_at", order: "asc" })).toEqual(knownFirst);
    expect(await walk({ limit, sort: "created_at" })).toEqual(knownFirst.toReversed());
  }
  await database.pool.query(
    "update users set full_name = case full_name when 'bob' then 'gus' when 'Bob' then 'bob' else full_name end where org_id = $1",
    [reader.org_id],
  );
});

test("a cursor holds its order: another one is refused, and so is one after somebody who was erased since", async () => {
  const { next_cursor: cursor } = await list({ sort: "name", limit: 1 });
  for (const other of [{}, { sort: "name", order: "desc" }, { sort: "created_at" }])
    await expect(list({ ...other, cursor })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      path: "cursor",
      message: "is of a list in another order: ask for its first page, without a cursor, in this one",
    });
  expect(cursor).not.toContain("ann");
  await expect(list({ sort: "name", cursor: "na..zz" })).rejects.toThrow("comes after somebody who was erased since");
  for (const wrong of ["na", "1.2", "na..zzzzzz", "cd..1", "cd.1.0"])
    await expect(list({ sort: "created_at", cursor: wrong })).rejects.toThrow(
      "must be next_cursor of an earlier answer",
    );
});

test("a search finds names in any case, on every page, and addresses for whoever may see them alone", async () => {
  expect(await walk({ limit: 1, search: "A" })).toEqual(["ann", "dan", "fay"]);
  expect((await list({ search: "people.example" })).users).toEqual([]);
  const knowing = { ...reader, permissions: ["metrics.read", "people.read"] } as Actor;
  expect((await list({ search: "PEOPLE.example" }, knowing)).total).toBe(7);
});
