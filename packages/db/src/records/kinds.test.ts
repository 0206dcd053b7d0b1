import { activityTypes, senderTypes } from "@twin/contracts/vocabulary";
import { dataTypes, policyKinds } from "@twin/contracts/policies";
import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { recordKinds, recordTables } from "./kinds.ts";

const database = useDatabase();

async function columnsOf(table: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = ('public.' || $1)::regclass and attnum > 0 and not attisdropped`,
    [table],
  );
  return rows.map(({ name }) => name);
}

test.each(recordTables)("what the catalogue says of %s is in the database", async (table) => {
  const { id, at, owner, activity, ages_with } = recordKinds[table];
  const columns = await columnsOf(table);
  expect([id, at, owner, activity].filter((column) => column !== null && !columns.includes(column))).toEqual([]);
  // A detail has the id of its activity, so it goes with it; others lie by their own time.
  if (id === "activity_id") expect(ages_with).toBe("activities");
});

test("every table that is partitioned by time is in the catalogue, and every kind that is kept by policy has its table", async () => {
  const { rows } = await database.pool.query<{ name: string }>(
    "select relname as name from pg_class where relkind = 'p' and relnamespace = 'public'::regnamespace order by 1",
  );
  expect(recordTables.toSorted()).toEqual(rows.map(({ name }) => name));
  for (const type of dataTypes.filter((one) => one !== "deleted_users"))
    expect(recordTables.filter((table) => recordKinds[table].ages_with === type)).toContain(policyKinds[type].table);
});

test.each([
  ["activities", "activity_type", activityTypes],
  ["messages", "sender_type", senderTypes],
  ["retention_policies", "data_type", dataTypes],
  ["lifecycle_runs", "data_type", dataTypes],
])("%s takes the words of %s that the vocabulary has, and no others", async (table, column, words) => {
  const { rows } = await database.pool.query<{ rule: string }>(
    `select pg_get_constraintdef(oid) as rule from pg_constraint where contype = 'c' and conrelid = ('public.' || $1)::regclass`,
    [table],
  );
  const rule = rows.map((row) => row.rule).find((one) => one.startsWith(`CHECK ((${column} = ANY`)) ?? "";
  expect([...rule.matchAll(/'(\w+)'::text/g)].map(([, word]) => word).toSorted()).toEqual([...words].toSorted());
});
