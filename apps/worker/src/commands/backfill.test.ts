import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startBackfill } from "@twin/db/figures/backfills/start";
import { differences, makeBusyOrganization, now } from "@twin/db/test/backfilling";
import { useDatabase } from "@twin/db/test/database";
import { useApplication } from "@twin/db/test/ingesting";
import { expect, test } from "vitest";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const script = fileURLToPath(new URL("../twinctl.ts", import.meta.url));
const key = Buffer.alloc(32, 7).toString("base64");

type Run = { code: number | null; out: string; err: string; last: ReturnType<typeof JSON.parse> };

/** Runs the command line as a person would; Ctrl-C comes once it has written `until`. */
function twinctl(words: string[], until?: RegExp): Promise<Run> {
  const env = { ...process.env, DATABASE_URL: database.url, KEY_ENCRYPTION_KEY: key };
  const child = spawn(process.execPath, [script, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    if (!child.killed && until?.test(out)) child.kill("SIGINT");
  });
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((done) =>
    child.once("close", (code) => {
      const line = out.trimEnd().split("\n").at(-1)!;
      done({ code, out, err, last: line.startsWith("{") ? JSON.parse(line) : line });
    }),
  );
}

async function busy(): Promise<{ org_id: number; slug: string }> {
  const { org_id } = await makeBusyOrganization(application.db, 6, "UTC");
  const { rows } = await database.pool.query("select slug from auth.organizations where id = $1", [org_id]);
  return { org_id, slug: rows[0].slug };
}
const march = ["--from", "2026-03-01", "--to", "2026-03-31"];

test("it repairs what is wrong, here where no worker runs, and prints the diff", { timeout: 120_000 }, async () => {
  const { org_id, slug } = await busy();
  await database.pool.query(
    "update daily_metrics set total_messages = 9 where org_id = $1 and metric_date = '2026-03-02'",
    [org_id],
  );
  const dry = await twinctl(["backfill", "metrics", "--org", slug, ...march, "--dry-run", "--json"]);
  expect(dry).toMatchObject({ code: 0, last: { days: 31, raw_rows: 60, refused: [] } });
  const told = await twinctl(["backfill", "daily_metrics", "--org", slug, ...march]);
  expect(told.code, told.err).toBe(0);
  expect(told.out).toBe("2026-03-02 total_messages 9 -> 4\nBackfill 1 is done: 31 of 31 days, 1 changes\n");
  const events = told.err
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.at(-1)).toMatchObject({ event: "progress", org: slug, status: "done", days_done: 31, eta_seconds: 0 });
  expect(await differences(application.db, org_id, new Date())).toEqual([]);
});

test("Ctrl-C stops it between chunks and says how to go on, and --resume does", { timeout: 120_000 }, async () => {
  const { org_id, slug } = await busy();
  const { id } = await startBackfill(
    application.db,
    systemOf(org_id),
    { what: "metrics", from: "2026-03-01", to: "2026-03-31" },
    now,
  );
  await database.pool.query(
    `with gone as (delete from backfill_chunks where org_id = $1 and backfill_id = $2)
     insert into backfill_chunks (org_id, backfill_id, chunk, from_day, to_day, raw_rows)
     select $1, $2, 100 + row_number() over (order by d), d, d, 1 from generate_series('2026-03-01', '2026-03-31', interval '1 day') d`,
    [org_id, id],
  );
  const stopped = await twinctl(["backfill", "--org", slug, "--resume", String(id), "--json"], /"days_done":1,/);
  expect(stopped).toMatchObject({ code: 1, last: { id, status: "cancelled" } });
  expect(stopped.last.days_done).toBeLessThan(31);
  const resumed = await twinctl(["backfill", "--org", slug, "--resume", String(id)]);
  expect(resumed).toMatchObject({ code: 0, last: `Backfill ${id} is done: 31 of 31 days, 0 changes` });
});

test("--all goes on where one organisation is refused", { timeout: 120_000 }, async () => {
  const { org_id, slug } = await busy();
  await database.pool.query(
    "update organizations set sealed_from = '2026-02-28T00:00Z', sealed_before = '2026-03-04T00:00Z' where id = $1",
    [org_id],
  );
  const range = ["--from", "2026-03-01", "--to", "2026-03-05"];
  const all = await twinctl(["backfill", "monthly", "--all", ...range, "--json"]);
  expect(all.code, all.err).toBe(3);
  expect(all.last.organizations).toContainEqual({ org: slug, error: expect.stringContaining("sealed") });
  expect(all.last.organizations).toContainEqual(expect.objectContaining({ status: "done" }));
  expect(await twinctl(["backfill", "metrics", "--org", slug, ...range])).toMatchObject({
    code: 1,
    err: expect.stringContaining("2026-03-01 to 2026-03-03 can't be computed anew: sealed"),
  });
});

test("org set-timezone begins a backfill that can be followed", { timeout: 120_000 }, async () => {
  const { org_id, slug } = await busy();
  const changed = await twinctl(["org", "set-timezone", slug, "Asia/Kathmandu", "--json"]);
  expect(changed).toMatchObject({ code: 0, last: { timezone: "Asia/Kathmandu", backfill: { status: "queued" } } });
  const followed = await twinctl(["backfill", "--org", slug, "--resume", String(changed.last.backfill.id), "--json"]);
  expect(followed).toMatchObject({ code: 0, last: { status: "done" } });
  expect(await differences(application.db, org_id, new Date())).toEqual([]);
});
