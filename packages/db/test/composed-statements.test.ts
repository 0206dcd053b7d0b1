import { expect, test } from "vitest";
import { readLive, insertPlain } from "../src/archives/live-rows.ts";
import { changePart, type Part } from "../src/archives/part.ts";
import { archivedTables } from "../src/archives/shape.ts";
import { inTenant } from "../src/tenancy/actor.ts";
import { systemOf } from "./actors.ts";
import { composing, type Declared } from "../src/postgres/statement.ts";
import { useDatabase } from "./database.ts";
import { expectAsDeclared, fileOf, loadSource } from "./declared.ts";
import { readsOf } from "./figures/reads.ts";
import { days, fill, filters, now, readerOfAll } from "./figures/small-world.ts";
import { useApplication } from "./ingesting.ts";

const database = useDatabase();
const application = useApplication(database);

/** What archives read of tables whatever their columns are, and how they say where a part stands. */
const readArchived = (org_id: number) =>
  inTenant(application.db, systemOf(org_id), async (tx) => {
    for (const table of archivedTables) {
      const { rows } = await database.pool.query<{ id: string }>(
        `select distinct ${table.key} as id from ${table.name} where org_id = $1 order by 1 limit 3`,
        [org_id],
      );
      const ids = rows.map(({ id }) => id);
      const page = await readLive(tx, table, ids, null, { rows: 1, bytes: 1 });
      await readLive(tx, table, ids.slice(0, 1));
      if (table.name === "activities") expect(await insertPlain(tx, table, page.rows)).toBe(1);
      expect((await readLive(tx, table, ids, page.next)).rows.length).toBeGreaterThan(0);
    }
    const part = { month: "2026-03-01", seq: 1, run_id: "00000000-0000-4000-8000-000000000000" } as Part;
    await expect(changePart(tx, part, { status: "written" })).rejects.toThrow("taken over");
  });

test(
  "every composed statement is what the database takes, answers with the row that it declares, and stands in test/sql under a filter and without one",
  { timeout: 120_000 },
  async () => {
    await loadSource();
    const org_id = await fill(database, application.db);
    const texts = new Map<string, Declared>();
    const examples = new Map<string, Declared>();
    const note = (label: string) => (one: Declared) => {
      texts.set(one.text, one);
      const name = composing.names.findLast((composed) => one.name.startsWith(composed))!;
      const example = label === "filtered" ? name : `${name}.${label}`;
      if (!examples.has(example)) examples.set(example, one);
    };
    for (const [label, asked] of Object.entries(filters)) {
      composing.listener = note(label);
      for (const { run } of readsOf(days)) await run(application.db, readerOfAll(org_id), asked, now);
    }
    composing.listener = note("filtered");
    await readArchived(org_id);
    delete composing.listener;
    const composed = [...examples.keys()].map((name) => name.split(".").slice(0, 2).join("."));
    expect(composing.names.filter((name) => !composed.includes(name))).toEqual([]);
    await expectAsDeclared(database, [...texts.values()]);
    // A name that is planned once stands for one text.
    const named = [...texts.values()].filter(({ isNamed }) => isNamed).map(({ name }) => name);
    expect(named).toEqual([...new Set(named)]);
    expect(named.length).toBeGreaterThan(0);
    for (const [name, one] of examples)
      if (/^[a-z]+\.[a-z_]+(\.unfiltered)?$/.test(name))
        await expect(fileOf(one), name).toMatchFileSnapshot(`./sql/${name}.sql`);
  },
);
