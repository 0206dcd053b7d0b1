import { TwinInput, twinSorts, TwinsInput } from "@twin/contracts/twins";
import { beforeAll, expect, test } from "vitest";
import { systemOf } from "../../../test/actors.ts";
import { useDatabase } from "../../../test/database.ts";
import { readerOf } from "../../../test/figures/active-days.ts";
import { conversation, makeSender, people, useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { rollupOrganization } from "../rollup.ts";
import { getTwin } from "./get.ts";
import { listTwins } from "./list.ts";

const application = useApplication(useDatabase());
const now = new Date("2026-03-20T12:00:00Z");
const range = { start_date: "2026-03-01", end_date: "2026-03-20" };
let reader: Actor;

beforeAll(async () => {
  const sender = await makeSender(application.db);
  const { rejected } = await sender.send(
    [
      ...people,
      { type: "twin", external_id: "t3", user: "u2", name: "Öl 100%", is_shared: true },
      conversation("a1"),
      conversation("a2", "2026-03-03T10:00:00.000Z", { user: "u2" }),
      conversation("a3", "2026-03-04T10:00:00.000Z", { twin: "t2" }),
    ],
    { now },
  );
  expect(rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  reader = readerOf(sender.org_id);
});

const list = (input: object, actor = reader) =>
  listTwins(application.db, actor, TwinsInput.parse({ ...range, sort: "name", order: "asc", ...input }), now);
const namesOf = async (search: string, actor = reader) => (await list({ search }, actor)).twins.map(({ name }) => name);

test("a search finds twins by a part of their name or of their owner's, in any case, and takes no sign for a pattern", async () => {
  expect(await namesOf("sarah")).toEqual(["Sarah's Twin"]);
  expect(await namesOf("JOHNSON")).toEqual(["Mike's Twin", "Öl 100%"]);
  expect(await namesOf("ÖL")).toEqual(["Öl 100%"]);
  expect(await namesOf("0%")).toEqual(["Öl 100%"]);
  for (const none of ["%", "_"]) expect(await namesOf(`${none}Twin`)).toEqual([]);
  expect(await namesOf("  ")).toHaveLength(3);
});

test("whoever may see no names finds no twin by its owner's", async () => {
  const figures = { ...reader, permissions: ["metrics.read"] } as Actor;
  expect(await namesOf("Johnson", figures)).toEqual([]);
  expect((await list({ search: "Johnson" }, figures)).total).toBe(0);
  expect(await namesOf("mike", figures)).toEqual(["Mike's Twin"]);
});

test("found twins have the figures that they have among all, and their totals count what is found alone", async () => {
  const all = await list({});
  for (const search of ["twin", "johnson", "nobody"]) {
    const found = await list({ search });
    const ids = found.twins.map(({ id }) => id);
    expect(found.twins).toEqual(all.twins.filter(({ id }) => ids.includes(id)));
    expect(found).toMatchObject({
      total: ids.length,
      total_shared: found.twins.filter((twin) => twin.is_shared).length,
      stale: found.twins.filter((twin) => twin.is_stale).length,
    });
  }
  expect(await list({ search: "twin", limit: 1 })).toMatchObject({ total: 2, twins: [{ name: "Mike's Twin" }] });
});

test("a search and a filter hold together", async () => {
  const { twins, total } = await list({ search: "twin", twin: ["t1", "t3"], user: "u2" });
  expect(twins).toMatchObject([{ name: "Sarah's Twin", activities: 1, users: 1 }]);
  expect(total).toBe(1);
});

test("beside a twin stand those before and after it in the list, in each order and under a filter", async () => {
  const get = (twin_id: string, input: object, actor = reader) =>
    getTwin(application.db, actor, TwinInput.parse({ ...range, twin_id, ...input }), now);
  for (const sort of twinSorts)
    for (const order of ["asc", "desc"])
      for (const filter of [{}, { user: "u2" }, { twin_not: "t2" }]) {
        const ids = (await list({ sort, order, ...filter })).twins.map(({ id }) => id);
        for (const [at, id] of ids.entries())
          expect(await get(id, { sort, order, ...filter }), `${sort} ${order}`).toMatchObject({
            previous_id: ids[at - 1] ?? null,
            next_id: ids[at + 1] ?? null,
          });
      }
  const [first, second] = (await list({})).twins;
  expect(await get(first!.id, {})).toMatchObject({ previous_id: null, next_id: null });
  const others = { sort: "name", twin_not: [second!.id] };
  expect(await get(second!.id, others)).toMatchObject({ previous_id: null, next_id: null });
  const figures = { ...reader, permissions: ["metrics.read"] } as Actor;
  await expect(get(first!.id, { sort: "owner" }, figures)).rejects.toMatchObject({ code: "FORBIDDEN", path: "sort" });
});
