import { UsersInput } from "@twin/contracts/users";
import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeActive } from "../../../test/figures/active-days.ts";
import { useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { listUsers } from "./list.ts";

const application = useApplication(useDatabase());
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

test("a search finds names in any case, on every page, and addresses for whoever may see them alone", async () => {
  expect(await walk({ limit: 1, search: "A" })).toEqual(["ann", "dan", "fay"]);
  expect((await list({ search: "people.example" })).users).toEqual([]);
  const knowing = { ...reader, permissions: ["metrics.read", "people.read"] } as Actor;
  expect((await list({ search: "PEOPLE.example" }, knowing)).total).toBe(7);
});
