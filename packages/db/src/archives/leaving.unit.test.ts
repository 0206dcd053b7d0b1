import { createSecretKey, randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { keyHolders, openRows, sealRows } from "./leaving.ts";
import type { PlainRow } from "./live-rows.ts";
import { activityTables, type ArchivedTable } from "./shape.ts";

const tables = Object.fromEntries(activityTables.map((table) => [table.name, table])) as Record<string, ArchivedTable>;
const [owner, second, third, activity] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
const owners = new Map([[activity, owner]]);
const keys = new Map([owner, second, third].map((id) => [id, { key: createSecretKey(randomBytes(32)), version: 1 }]));
const without = (id: string) => new Map([...keys].filter(([of]) => of !== id));

const rowOf = (table: ArchivedTable, values: PlainRow): PlainRow => ({
  ...Object.fromEntries(table.columns.map(({ name }) => [name, null])),
  ...values,
});
const leave = (table: ArchivedTable, row: PlainRow) => sealRows(1, table, [row], owners, keys);

test("a summary is gone with the key of any one of those whose words it holds", () => {
  const table = tables["conversations"]!;
  const row = rowOf(table, {
    activity_id: activity,
    title: "Plan",
    summary: Buffer.from("under the owner's key"),
    summary_author_ids: `{${second},${third}}`,
  });
  const sealed = leave(table, row);
  expect([...keyHolders(owners, new Map([[table, sealed]]))].sort()).toEqual([owner, second, third].sort());
  expect(openRows(1, table, sealed, owners, keys)).toEqual([row]);
  for (const author of [second, third])
    expect(openRows(1, table, sealed, owners, without(author))).toMatchObject([{ summary: null, title: "Plan" }]);
  expect(openRows(1, table, sealed, owners, without(owner))).toMatchObject([{ title: null }]);
});

test("a message leaves under its author's key, and one that lost its author under the conversation's", () => {
  const table = tables["messages"]!;
  const row = (user_id: string | null) =>
    rowOf(table, { conversation_id: activity, id: randomUUID(), user_id, metadata: '{"a": 1}' });
  for (const [author, holder] of [
    [second, second],
    [null, owner],
  ] as const) {
    const sealed = leave(table, row(author));
    expect(openRows(1, table, sealed, owners, without(holder))).toMatchObject([{ metadata: null }]);
    expect(openRows(1, table, sealed, owners, without(third))).toMatchObject([{ metadata: '{"a": 1}' }]);
  }
});

test("no word of people leaves the database readable", () => {
  const words: Record<string, string[]> = {
    activities: ["action_description", "metadata"],
    conversations: ["title", "topic"],
    messages: ["metadata"],
    documents: ["title", "metadata"],
    queries: ["sources"],
    shared_twin_interactions: ["interaction_purpose"],
  };
  for (const [name, columns] of Object.entries(words)) {
    const table = tables[name]!;
    const said = Object.fromEntries(columns.map((column) => [column, '"Quetzalina"']));
    const [row] = leave(table, rowOf(table, { [table.key]: activity, [table.order.at(-1)!]: activity, ...said }));
    for (const column of columns) {
      expect(row![column], `${name}.${column}`).toBeInstanceOf(Buffer);
      expect((row![column] as Buffer).includes("Quetzalina"), `${name}.${column}`).toBe(false);
    }
  }
});
