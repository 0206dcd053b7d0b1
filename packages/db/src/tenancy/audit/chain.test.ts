import fc from "fast-check";
import { mkdtempSync, appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemOf } from "../../../test/actors.ts";
import { useDatabase } from "../../../test/database.ts";
import { memoryHeads } from "../../../test/heads.ts";
import { makeSender, useApplication } from "../../../test/ingesting.ts";
import { inTenant } from "../actor.ts";
import { hashRows } from "./chain.ts";
import { openHeads } from "./heads.ts";
import { recordAudit } from "./record.ts";
import { sealAudit } from "./seal.ts";
import { verifyAudit } from "./verify-audit.ts";

const database = useDatabase();
const app = useApplication(database);
const now = new Date("2026-03-05T09:00:00.000Z");
let moment = 0;
const later = () => new Date(now.getTime() + ++moment);

async function organization() {
  const { org_id } = await makeSender(app.db);
  const actor = systemOf(org_id);
  const heads = memoryHeads();
  const write = async (rows: number) => {
    for (let row = 0; row < rows; row++)
      await inTenant(app.db, actor, (tx) =>
        recordAudit(tx, {
          action: "lifecycle.start",
          reason: `row ${row} “ünï” \n`,
          details: { b: row, a: [1.5, null] },
        }),
      );
  };
  const seal = () => sealAudit(app.db, actor, { now: later(), heads });
  const verify = async () => (await verifyAudit(app.db, actor, { now: later(), heads })).problem;
  const ids = async () =>
    (
      await database.pool.query<{ id: string }>("select id from audit_log where org_id = $1 order by id", [org_id])
    ).rows.map(({ id }) => Number(id));
  return { org_id, actor, heads, write, seal, verify, ids };
}

test("rows are sealed once, in the order of their numbers, and an untouched chain is whole", async () => {
  const { write, seal, verify, actor, heads } = await organization();
  await write(3);
  const first = (await seal()).rows;
  expect(first).toBeGreaterThanOrEqual(3);
  expect((await seal()).rows).toBe(0);
  await write(2);
  expect((await seal()).rows).toBe(2);
  await write(1);
  expect(await verify()).toBeNull();
  const check = await verifyAudit(app.db, actor, { now: later(), heads });
  expect(check).toMatchObject({ rows: first + 2, seals: 2, problem: null });
});

test("settings of a session change no hash", async () => {
  const { write, seal, org_id, heads, actor } = await organization();
  await write(2);
  await seal();
  const { rows } = await database.pool.query("select current_database() as name");
  await database.pool.query(
    `alter database "${rows[0].name}" set timezone = 'Asia/Kolkata'; alter database "${rows[0].name}" set datestyle = 'German, DMY'; alter database "${rows[0].name}" set extra_float_digits = 0`,
  );
  const { connect } = await import("../../postgres/connect.ts");
  const other = connect(database.url);
  try {
    expect(await verifyAudit(other, actor, { now: later(), heads })).toMatchObject({ problem: null });
  } finally {
    await other.close();
    await database.pool.query(`alter database "${rows[0].name}" reset all`);
  }
  expect(org_id).toBeGreaterThan(0);
});

// What a superuser may do to a log, and how it is told.
const tampering: [string, (org_id: number, ids: number[]) => [string, unknown[]][], RegExp][] = [
  ...(["actor_name", "action", "object_id", "reason", "request_id"] as const).map(
    (column): (typeof tampering)[number] => [
      `another ${column}`,
      (org_id, ids) => [[`update audit_log set ${column} = 'forged' where org_id = $1 and id = $2`, [org_id, ids[1]]]],
      /was changed/,
    ],
  ),
  [
    "another time",
    (org_id, ids) => [
      ["update audit_log set at = at + interval '1 microsecond' where org_id = $1 and id = $2", [org_id, ids[2]]],
    ],
    /was changed/,
  ],
  [
    "other details",
    (org_id, ids) => [[`update audit_log set details = '{"a":1}' where org_id = $1 and id = $2`, [org_id, ids[0]]]],
    /was changed/,
  ],
  [
    "a row taken out",
    (org_id, ids) => [["delete from audit_log where org_id = $1 and id = $2", [org_id, ids[1]]]],
    /1 of .* gone/,
  ],
  [
    "a row put in",
    (org_id, ids) => [
      [
        "insert into audit_log (org_id, id, actor_kind, actor_id, actor_name, action) values ($1, $2, 'member', 'x', 'x', 'x')",
        [org_id, ids[0]! - 0.5 < 1 ? 1 : ids[0]! - 1],
      ],
    ],
    /1 of .* put in later/,
  ],
  [
    "the first seal taken out",
    (org_id) => [
      [
        "delete from audit_seals where org_id = $1 and upto_id = (select min(upto_id) from audit_seals where org_id = $1)",
        [org_id],
      ],
    ],
    /taken out/,
  ],
  [
    "the newest seal taken out with its rows",
    (org_id) => [
      [
        `with s as (delete from audit_seals where org_id = $1 and upto_id = (select max(upto_id) from audit_seals where org_id = $1) returning previous_hash)
         delete from audit_log where org_id = $1 and id > (select max(upto_id) from audit_seals where org_id = $1 and upto_id < (select max(upto_id) from audit_seals where org_id = $1))`,
        [org_id],
      ],
    ],
    /was there once and is gone/,
  ],
  [
    "another hash of a seal",
    (org_id) => [
      [
        "update audit_seals set hash = sha256('x') where org_id = $1 and upto_id = (select min(upto_id) from audit_seals where org_id = $1)",
        [org_id],
      ],
    ],
    /isn't the one that was copied/,
  ],
];

test.each(tampering)("%s is found and named", async (_name, acts, said) => {
  const { org_id, write, seal, verify, ids } = await organization();
  await write(4);
  await seal();
  await write(2);
  await seal();
  expect(await verify()).toBeNull();
  for (const [text, values] of acts(org_id, await ids())) await database.pool.query(text, values);
  expect(await verify()).toMatch(said);
  const { rows } = await database.pool.query(
    "select problem from audit_checks where org_id = $1 order by at desc limit 1",
    [org_id],
  );
  expect(rows[0].problem).toMatch(said);
});

test("who rewrites rows and all seals after them is betrayed by the heads that were copied out", async () => {
  const { org_id, actor, write, seal, verify, ids, heads } = await organization();
  await write(3);
  await seal();
  await database.pool.query("update audit_log set reason = 'forged' where org_id = $1 and id = $2", [
    org_id,
    (await ids())[1],
  ]);
  await database.pool.query("delete from audit_seals where org_id = $1", [org_id]);
  await sealAudit(app.db, actor, { now: later(), heads: memoryHeads() });
  expect((await verifyAudit(app.db, actor, { now: later(), heads: memoryHeads() })).problem).toBeNull();
  expect(heads.kept).toHaveLength(1);
  expect(await verify()).toMatch(/isn't the one that was copied out/);
});

test("who rewrites an early row with its seal, and what the next seal says of it, would have to rewrite all that follow", async () => {
  const { org_id, actor, write, seal, ids, heads } = await organization();
  for (let times = 0; times < 3; times++) {
    await write(2);
    await seal();
  }
  await database.pool.query("update audit_log set reason = 'forged' where org_id = $1 and id = $2", [
    org_id,
    (await ids())[1],
  ]);
  const { rows } = await database.pool.query<{ upto_id: string }>(
    "select upto_id from audit_seals where org_id = $1 order by upto_id",
    [org_id],
  );
  const upto = Number(rows[0]!.upto_id);
  const forged = await inTenant(app.db, actor, (tx) => hashRows(tx, { after: 0, upto, previous: null }));
  await database.pool.query("update audit_seals set hash = $3 where org_id = $1 and upto_id = $2", [
    org_id,
    upto,
    forged.hash,
  ]);
  await database.pool.query("update audit_seals set previous_hash = $3 where org_id = $1 and upto_id = $2", [
    org_id,
    rows[1]!.upto_id,
    forged.hash,
  ]);
  heads.kept.splice(0, 2);
  const { problem } = await verifyAudit(app.db, actor, { now: later(), heads });
  expect(problem).toContain(`rows ${upto + 1} to ${rows[1]!.upto_id}`);
});

test("what a transaction is still writing is never left out: its row, with a lower number, waits with those after it", async () => {
  const { org_id, actor, write, seal, verify } = await organization();
  const open = await database.pool.connect();
  try {
    await open.query("begin");
    await open.query(
      "insert into audit_log (org_id, actor_kind, actor_id, actor_name, action) values ($1, 'member', 'slow', 'slow', 'x')",
      [org_id],
    );
    await write(2);
    const stopping = AbortSignal.timeout(200);
    const heads = memoryHeads();
    expect(await sealAudit(app.db, actor, { now: later(), heads, signal: stopping })).toEqual({ rows: 0 });
    const sealing = seal();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await open.query("commit");
    expect((await sealing).rows).toBeGreaterThanOrEqual(3);
  } finally {
    open.release();
  }
  expect(await verify()).toBeNull();
});

test("however rows, seals and sealers come together, each row is in one seal and the chain is whole", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("write", "seal", "both"), { minLength: 1, maxLength: 8 }),
      async (steps) => {
        const { org_id, write, seal, verify } = await organization();
        for (const step of steps)
          await Promise.all([
            ...(step === "seal" ? [] : [write(2), write(1)]),
            ...(step === "write" ? [] : [seal(), seal()]),
          ]);
        await seal();
        expect(await verify()).toBeNull();
        const { rows } = await database.pool.query(
          "select (select count(*) from audit_log where org_id = $1)::int as written, (select sum(row_count) from audit_seals where org_id = $1)::int as sealed",
          [org_id],
        );
        expect(rows[0].sealed).toBe(rows[0].written);
      },
    ),
    { numRuns: 8 },
  );
});

test("heads are kept in a file once each, and a line that was cut off loses no other", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "heads-")), "audit-heads.ndjson");
  const heads = openHeads(file);
  expect(await heads.read()).toEqual([]);
  const head = (upto_id: number) =>
    ({ version: 1, org_id: 1, org_created_at: "1", upto_id, hash: String(upto_id).padStart(64, "0") }) as const;
  await heads.append(head(1));
  await heads.append(head(1));
  appendFileSync(file, '{"version":1,"org_id":1,"org');
  await heads.append(head(2));
  expect(await heads.read()).toEqual([head(1), head(2)]);
});
