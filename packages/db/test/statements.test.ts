import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { composing, declared } from "../src/postgres/statement.ts";
import { useDatabase } from "./database.ts";
import { expectAsDeclared, fileOf, loadSource, sourceFiles } from "./declared.ts";

const database = useDatabase();

test("every statement is what the database takes, answers with the row that it declares, and stands in test/sql as it is", async () => {
  await loadSource();
  expect(declared.length).toBeGreaterThan(0);
  const names = declared.map(({ name }) => name);
  const all = [...names, ...composing.names];
  expect(all).toEqual([...new Set(all)]);
  await expectAsDeclared(database, declared);
  for (const one of declared) await expect(fileOf(one), one.name).toMatchFileSnapshot(`./sql/${one.name}.sql`);
  const written = globSync("*.sql", { cwd: new URL("./sql/", import.meta.url) }).map((file) => file.slice(0, -4));
  const known = new Set([...all, ...composing.names.map((name) => `${name}.unfiltered`)]);
  expect(written.filter((name) => !known.has(name))).toEqual([]);
});

/** Of those that are composed and planned once, which have a name for each of their variants. */
const composedNames = 30;

test("the pooler of docker-compose.yml keeps every statement of a connection prepared", async () => {
  await loadSource();
  const compose = readFileSync(new URL("../../../docker-compose.yml", import.meta.url), "utf8");
  const most = Number(/MAX_PREPARED_STATEMENTS: "(\d+)"/.exec(compose)?.[1]);
  // Those that are still written as text have names, too.
  const texts = sourceFiles.map((path) => readFileSync(path, "utf8"));
  const named = texts.reduce((sum, text) => sum + text.split(/\bname: ["`]/).length - 1, composedNames);
  expect(most).toBeGreaterThan(declared.filter(({ isNamed }) => isNamed).length + named);
});
