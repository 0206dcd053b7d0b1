import type { Rejection } from "@twin/contracts/ingest";
import { expect, test } from "vitest";
import { Output } from "../output.ts";
import { Importer, type Send } from "./importer.ts";
import type { Item } from "./item.ts";
import { Progress } from "./progress.ts";
import { Rejects } from "./rejects.ts";

type Row = { id: string; needs?: string; parts?: string[] };

/** A database of its own kind: a row is known by its id, and may need another one, whole or in parts. */
function store() {
  const known = new Set<string>();
  const sizes: number[] = [];
  const send: Send = (records) => {
    sizes.push(records.length);
    const answer = { accepted: 0, updated: 0, duplicates: 0, rejected: [] as Rejection[], warnings: [] };
    for (const [index, row] of (records as Row[]).entries()) {
      if (row.needs && !known.has(row.needs)) {
        answer.rejected.push({ index, code: "UNKNOWN_USER", message: `no ${row.needs}`, path: "user" });
        continue;
      }
      for (const [at, part] of (row.parts ?? []).entries()) {
        const path = `conversation.messages[${at}]`;
        if (!known.has(part)) answer.rejected.push({ index, code: "UNKNOWN_USER", message: `no ${part}`, path });
      }
      if (known.has(row.id)) answer.duplicates++;
      else answer.accepted++;
      known.add(row.id);
    }
    return Promise.resolve(answer);
  };
  return { send, known, sizes };
}

async function* itemsOf(rows: Row[]): AsyncGenerator<Item> {
  for (const [index, record] of rows.entries()) yield { index, bytes: 10, record };
}

function importerOf(send: Send, signal = new AbortController().signal) {
  const rejects = new Rejects(undefined);
  const quiet = new Output(true);
  quiet.event = () => {};
  return { rejects, importer: new Importer(send, rejects, new Progress(quiet, () => null), signal) };
}

test("what refers to something that comes later is sent again until nothing changes", async () => {
  const { send } = store();
  const { importer, rejects } = importerOf(send);
  const chain = [{ id: "c", needs: "b" }, { id: "b", needs: "a" }, { id: "a" }, { id: "lost", needs: "nobody" }];
  await importer.run(itemsOf(chain));
  expect(importer.standing).toMatchObject({ records: 4, accepted: 3, duplicates: 0, rejected: 1, waiting: 0 });
  expect(rejects.listed).toEqual([{ index: 3, code: "UNKNOWN_USER", message: "no nobody", path: "user" }]);
});

test("a record of which a part is missing counts once, and what stays missing is named once", async () => {
  const { send } = store();
  const { importer, rejects } = importerOf(send);
  await importer.run(itemsOf([{ id: "a", parts: ["late", "never"] }, { id: "z", needs: "late" }, { id: "late" }]));
  expect(importer.standing).toMatchObject({ accepted: 3, updated: 0, duplicates: 0, rejected: 1 });
  expect(rejects.listed.map(({ index, path }) => [index, path])).toEqual([[0, "conversation.messages[1]"]]);
});

test("batches stay below a thousand records", async () => {
  const { send, sizes, known } = store();
  const { importer } = importerOf(send);
  await importer.run(itemsOf(Array.from({ length: 2_500 }, (_, at) => ({ id: `row ${at}` }))));
  expect(sizes).toEqual([1_000, 1_000, 500]);
  expect(known.size).toBe(2_500);
});

test("an abort ends it after the batches in flight", async () => {
  const { send, known } = store();
  const stop = new AbortController();
  const { importer } = importerOf(async (records) => {
    const answer = await send(records);
    stop.abort();
    return answer;
  }, stop.signal);
  await importer.run(itemsOf(Array.from({ length: 5_000 }, (_, at) => ({ id: `row ${at}` }))));
  expect(known.size).toBe(1_000);
  expect(importer.standing.records).toBe(1_000);
});

test("a field that nobody knows is told once, with the first record that had it", async () => {
  const { send } = store();
  const { importer } = importerOf(async (records) => ({
    ...(await send(records)),
    warnings: records.flatMap((_, index) => [
      { index, path: "endedAt", message: "unknown" },
      { index, path: `conversation.messages[${index}].tokens`, message: "unknown" },
    ]),
  }));
  await importer.run(itemsOf(Array.from({ length: 1_500 }, (_, at) => ({ id: `row ${at}` }))));
  expect(importer.warnings.listed).toEqual([
    { index: 0, path: "conversation.messages[0].tokens", message: "unknown" },
    { index: 0, path: "endedAt", message: "unknown" },
  ]);
  expect(importer.warnings.lines()[0]).toBe("  warnings    2 fields are unknown");
});

test("what the database throws ends the import", async () => {
  const { importer } = importerOf(() => Promise.reject(new Error("gone")));
  await expect(importer.run(itemsOf([{ id: "a" }]))).rejects.toThrow("gone");
});
