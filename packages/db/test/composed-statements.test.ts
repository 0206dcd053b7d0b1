import { expect, test } from "vitest";
import { composing, type Declared } from "../src/postgres/statement.ts";
import { useDatabase } from "./database.ts";
import { expectAsDeclared, fileOf, loadSource } from "./declared.ts";
import { readsOf } from "./figures/reads.ts";
import { days, fill, filters, now, readerOfAll } from "./figures/small-world.ts";
import { useApplication } from "./ingesting.ts";

const database = useDatabase();
const application = useApplication(database);

test(
  "every composed statement is what the database takes, answers with the row that it declares, and stands in test/sql under a filter and without one",
  { timeout: 120_000 },
  async () => {
    await loadSource();
    const org_id = await fill(database, application.db);
    const texts = new Map<string, Declared>();
    const examples = new Map<string, Declared>();
    for (const [label, asked] of Object.entries(filters)) {
      composing.listener = (one) => {
        texts.set(one.text, one);
        const name = composing.names.findLast((composed) => one.name.startsWith(composed))!;
        const example = label === "filtered" ? name : `${name}.${label}`;
        if (!examples.has(example)) examples.set(example, one);
      };
      for (const { run } of readsOf(days)) await run(application.db, readerOfAll(org_id), asked, now);
    }
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
