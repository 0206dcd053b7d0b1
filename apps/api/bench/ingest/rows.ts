import { rmSync } from "node:fs";
import { untilCurrent } from "@twin/db/bench/behind";
import { makeCrowd } from "@twin/db/bench/crowd";
import { fillDay, withOldStatistics } from "@twin/db/bench/full-day";
import { measureConversationCopies, measureCopies, measureInserts, readLimitSide } from "@twin/db/bench/limits";
import { systemOf } from "@twin/db/bench/load/fill";
import { waitForJobs } from "@twin/db/jobs/wait";
import { verifyOrganization } from "@twin/db/figures/verify";
import { type Kind, messagesEach } from "./bodies.ts";
import { type Product, startProduct } from "./product.ts";
import { measureRow, type Row } from "./row.ts";

export type Options = {
  only: ReadonlySet<string>;
  kind: Exclude<Kind, "conversation">;
  seconds: number;
  /** Of the steady load: records a second, and for how many seconds. */
  rate: number;
  sustain: number;
  people: number;
  days: number[];
  isVerified: boolean;
  say: (line: string) => void;
};
export type Measured = { rows: Row[]; differences: number; postgres: number };

const warmUp = 4;
const warming = 1;

/** Rows of a database that holds nothing but people, made anew in a folder. */
export async function measureEmpty(dataDir: string, options: Options): Promise<Measured> {
  const { only, kind, seconds, say } = options;
  rmSync(dataDir, { recursive: true, force: true });
  return withProduct(dataDir, async (product) => {
    const { databaseUrl, db } = product;
    const crowd = await makeCrowd(db, "bench", options.people, new Date());
    const limits = await makeCrowd(db, "limits", options.people, new Date());
    for (const { org_id } of [crowd, limits]) await untilCurrent(databaseUrl, org_id);
    const side = await readLimitSide(databaseUrl, limits.org_id);
    // Plans are made once a connection, and code is compiled when it is hot: neither is what a record costs.
    for (const batch of [1, 500])
      await measureRow(product, crowd, "", { kind, connections: 16, batch, seconds: warmUp });
    const rows: Row[] = [];
    const add = async (row: Promise<Row>, limit?: () => Promise<number>) => {
      const measured = await row;
      rows.push({ ...measured, limit: limit ? await limit() : null });
      say(`${measured.name}: ${measured.per_second.toFixed(0)} records/s`);
    };
    if (only.has("single"))
      for (const connections of [1, 16, 64])
        await add(
          measureRow(product, crowd, `single, ${connections} connections`, {
            kind,
            connections,
            batch: 1,
            seconds,
            warming,
          }),
          () => measureInserts(databaseUrl, side, connections, seconds),
        );
    if (only.has("batches"))
      for (const batch of [50, 500, 1_000])
        await add(
          measureRow(product, crowd, `batches of ${batch}, 4 connections`, {
            kind,
            connections: 4,
            batch,
            seconds,
            warming,
          }),
          () => measureCopies(databaseUrl, side, { connections: 4, batch, seconds }),
        );
    if (only.has("conversations")) {
      const batch = 1_000;
      await add(
        measureRow(product, crowd, `conversations, batches of ${batch}, 4 connections`, {
          kind: "conversation",
          connections: 4,
          batch,
          seconds,
          warming,
        }),
        () => measureConversationCopies(databaseUrl, side, { connections: 4, batch, messages: messagesEach, seconds }),
      );
    }
    if (only.has("sustained"))
      await add(
        measureRow(product, crowd, `${options.rate}/s for ${options.sustain} s, batches of 500`, {
          kind,
          connections: 4,
          batch: 500,
          seconds: options.sustain,
          rate: options.rate,
        }),
      );
    return { rows, differences: await verify(product, [crowd.org_id], options) };
  });
}

/** Rows beside data of other organisations, in a folder that holds it. */
export async function measureLoaded(dataDir: string, options: Options): Promise<Measured> {
  const { only, kind, say } = options;
  return withProduct(dataDir, async (product) => {
    const { databaseUrl, db } = product;
    const rows: Row[] = [];
    const organisations: number[] = [];
    // A run that was cut off may have left work.
    const { drained } = await waitForJobs(db, { timeoutMs: 600_000 });
    if (!drained) throw new Error("what an earlier run has left is never done: load the data anew with --fresh");
    const stamp = Date.now().toString(36);
    const add = (row: Row) => {
      rows.push(row);
      say(`${row.name}: current after ${row.current?.toFixed(1) ?? "more than 180"} s`);
    };
    if (only.has("new")) {
      await withOldStatistics(databaseUrl, async () => {
        const crowd = await makeCrowd(db, `new-${stamp}`, 20_000, new Date());
        organisations.push(crowd.org_id);
        await untilCurrent(databaseUrl, crowd.org_id);
        const work = { kind, connections: 4, batch: 1_000, total: 5_000 };
        add(await measureRow(product, crowd, "5,000 records of a new organisation", work));
      });
    }
    if (only.has("days")) {
      const crowd = await makeCrowd(db, `days-${stamp}`, Math.ceil(options.days.at(-1)! / 6), new Date());
      organisations.push(crowd.org_id);
      let held = 0;
      for (const size of options.days) {
        await fillDay(databaseUrl, crowd.org_id, held, size);
        held = size;
        if ((await untilCurrent(databaseUrl, crowd.org_id, 600)) === null) throw new Error(`${size} are never current`);
        await db.pool.query("analyze");
        add(
          await measureRow(
            product,
            crowd,
            `20,000 records into a day of ${Math.round(size / 1_000)}k`,
            { kind, connections: 4, batch: 1_000, total: 20_000 },
            5_000,
          ),
        );
      }
    }
    return { rows, differences: await verify(product, organisations, options) };
  });
}

async function withProduct(
  dataDir: string,
  act: (product: Product) => Promise<Omit<Measured, "postgres">>,
): Promise<Measured> {
  const product = await startProduct(dataDir);
  try {
    return { ...(await act(product)), postgres: product.major };
  } finally {
    await product.stop();
  }
}

/** Figures of what was sent, against raw rows. @returns how many differ */
async function verify({ db }: Product, organisations: number[], { isVerified, say }: Options): Promise<number> {
  if (!isVerified) return 0;
  // Not measured, and with a plan for what was there before it would take minutes.
  await db.pool.query("analyze");
  const begun = performance.now();
  let differences = 0;
  for (const org_id of organisations)
    for await (const difference of verifyOrganization(db, systemOf(org_id), { now: new Date() }))
      if (differences++ < 5) say(JSON.stringify(difference));
  say(`verify: ${differences} differences, ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
  return differences;
}
