import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { archivedTables } from "@twin/db/archives/shape";
import { activitiesStep } from "@twin/db/lifecycle/steps/activities";
import { useDatabase } from "@twin/db/test/database";
import { type Sender, useApplication } from "@twin/db/test/ingesting";
import { keep } from "@twin/db/test/lifecycle";
import { afterAll, beforeAll, expect, test } from "vitest";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { allRows, liveRows, makeHistory, type Rows } from "./history.ts";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-killed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = archiveIn(folderBlobs(folder));

const program = fileURLToPath(new URL("run-once.ts", import.meta.url));
const run = ({ org_id }: Sender, now: Date, reached: (place: string) => void = () => {}) =>
  activitiesStep.run(application.db, systemOf(org_id), {
    now,
    archive,
    reached,
    signal: new AbortController().signal,
    summarise: null,
  });

/** Runs in a process that kills itself at a place; the signal that ended it. */
async function killedAt({ org_id }: Sender, now: Date, place: string): Promise<NodeJS.Signals | null> {
  const words = [program, database.url, folder, String(org_id), now.toISOString(), place];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "inherit", "inherit"] });
  const [, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return signal;
}

const monthAt = (index: number) => new Date(Date.UTC(2023, index, 11)).toISOString().slice(0, 10);
/** When the activities of a month are due, and those of the next aren't. */
const dueAt = (index: number) => new Date(Date.UTC(2023 + 4, index, 25, 12));

/** All is there exactly once, only what isn't due is live, and no file or receipt is left half-way. */
async function expectWhole(sender: Sender, index: number, before: Rows, place: string): Promise<void> {
  expect(await run(sender, dueAt(index)), place).toEqual({ status: "done" });
  expect(await allRows(application.db, archive, sender.org_id), place).toEqual(before);
  const month = monthAt(index).slice(0, 7);
  const ask = async (text: string) => (await database.pool.query(text, [sender.org_id])).rows;
  expect(await ask(`select 1 from activities where org_id = $1 and id < uuid_floor('${month}-28Z')`), place).toEqual(
    [],
  );
  const parts = await ask(
    `select seq, status from archive_parts where org_id = $1 and month = '${month}-01' order by seq`,
  );
  expect(parts.at(-1), place).toMatchObject({ status: "purged" });
  expect(
    parts.slice(0, -1).every(({ status }) => status === "abandoned"),
    place,
  ).toBe(true);
  const { seq } = parts.at(-1);
  const files = archivedTables.map(({ name }) => `${name}-${seq}.parquet`);
  expect(readdirSync(join(folder, String(sender.org_id), month)).sort(), place).toEqual(
    [...files, `manifest-${seq}.json`].sort(),
  );
}

/** At most so many places are named by the gate; each that is tried has a month of its own. */
const most = 30;
// Each is a process of its own, so beside everything else only some are tried; `npm run full` tries all.
const tried = Array.from({ length: most }, (_, index) => index)
  .filter((index) => process.env["FULL"] === "1" || index % 3 === 0)
  .map((index, month) => [index, month + 1] as const);
/** Two more months than the gate's places and its first run need, for what is killed twice. */
const months = tried.length + 3;
let sender: Sender;
let before: Rows;
let gate: string[];
beforeAll(async () => {
  const all = Array.from({ length: months }, (_, index) => monthAt(index));
  sender = await makeHistory(application.db, database.pool, all);
  for (const type of ["activities", "messages", "sessions"] as const)
    await keep(database.pool, sender.org_id, type, type === "sessions" ? 2 : 4, "year");
  // All is sealed, so that of a month which is due every step is the gate's.
  await database.pool.query(
    "update organizations set sealed_from = '2023-01-01', sealed_before = '2026-04-01' where id = $1",
    [sender.org_id],
  );
  before = await liveRows(application.db, sender.org_id);
  const places = new Set<string>();
  await run(sender, dueAt(0), (place) => void places.add(place));
  gate = [...places].filter((place) => place.startsWith("archive:"));
}, 300_000);

test("the gate names at least twenty places at which it can be cut off", async () => {
  await expectWhole(sender, 0, before, "nowhere");
  expect(gate.length).toBeGreaterThanOrEqual(20);
  expect(gate.length).toBeLessThanOrEqual(most);
}, 120_000);

test.each(tried)(
  "killed at place %i, the next run brings it to its end: archive and live together are what was, exactly once",
  async (index, month) => {
    const place = gate[index];
    if (place === undefined) return; // the gate names fewer
    expect(await killedAt(sender, dueAt(month), place), place).toBe("SIGKILL");
    await expectWhole(sender, month, before, place);
  },
  120_000,
);

test.each(["archive:files-removed", "archive:abandoned"])(
  "killed once more, at %s, while what a killed run had begun is cleared away",
  async (place) => {
    const index = months - (place === "archive:abandoned" ? 1 : 2);
    expect(await killedAt(sender, dueAt(index), "archive:documents-put")).toBe("SIGKILL");
    expect(await killedAt(sender, dueAt(index), place)).toBe("SIGKILL");
    await expectWhole(sender, index, before, place);
  },
  120_000,
);
