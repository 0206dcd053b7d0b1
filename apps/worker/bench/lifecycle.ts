import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { addDays, daysBetween } from "@twin/contracts/calendar";
import { coolDownDays, type DataType } from "@twin/contracts/policies";
import { inTenant } from "@twin/db/tenancy/actor";
import { requestRestore, restoreMonth } from "@twin/db/archives/restore";
import { archivedTables } from "@twin/db/archives/shape";
import { systemOf } from "@twin/db/bench/load/fill";
import { benchKey, load, readLoaded } from "@twin/db/bench/load/load";
import { open } from "@twin/db/bench/server";
import { parseSize } from "@twin/db/bench/size";
import { ms, summarise, table, timed } from "@twin/db/bench/timing";
import { connectWorker } from "@twin/db/jobs/liveness";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";
import { advanceSeal } from "@twin/db/lifecycle/seal";
import { setPolicy } from "@twin/db/lifecycle/set-policy";
import type { Step } from "@twin/db/lifecycle/step";
import { activitiesStep } from "@twin/db/lifecycle/steps/activities";
import { sessionsStep } from "@twin/db/lifecycle/steps/sessions";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { migrate } from "@twin/db/postgres/migrate";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { takeFromRestored } from "@twin/db/privacy/erasures/steps/restored";

// npm run bench -- lifecycle [--size 1M] [--months 2] [--fresh] [--dir …]
// Purges the oldest months of the largest organisation, by the steps of a nightly run, and restores the last of them. The
// data is the poorer for it: the next run takes the months that follow.

const { values: options } = parseArgs({
  options: {
    size: { type: "string", default: "1M" },
    months: { type: "string", default: "2" },
    fresh: { type: "boolean", default: false },
    dir: { type: "string", default: fileURLToPath(new URL("../../../.data/bench", import.meta.url)) },
  },
});

const size = parseSize(options.size);
const dataDir = join(options.dir, size.name);
const say = (line: string) => process.stdout.write(`${line}\n`);
const loaded =
  (options.fresh ? null : readLoaded(dataDir)) ??
  (await load(dataDir, size.count, (line) => say(`loading ${size.name}: ${line}`)));

const actor = systemOf(loaded.big.org_id);
const today = addDays(loaded.anchor, 8);
// Days are sealed when they were quiet for a week.
const now = new Date(`${today}T12:00:00Z`);
const archive = archiveIn(folderBlobs(join(dataDir, "archive")));

const server = await open(dataDir);
try {
  await migrate(server.url());
  const db = connectWorker(server.url(), { max: 4 });
  const readers = connectWorker(server.url(), { max: 1 });
  const query = <Row extends object>(text: string, ...values: unknown[]) =>
    inTenant(db, actor, (tx) => tx.query<Row>({ text, values: [actor.org_id, ...values] }));
  try {
    await unlockKeys(db, { key: benchKey });
    const [oldest] = await query<{ month: string; cut_day: string }>(
      `select m.month::text, (m.month + make_interval(months => $2::int))::date as cut_day
       from (select date_trunc('month', uuid_time(id) at time zone 'UTC')::date as month from activities where org_id = $1 order by id limit 1) m`,
      Number(options.months),
    );
    const { month, cut_day } = oldest!;
    const months = await query<{ day: string; suffix: string }>(
      `select day::date as day, to_char(day, 'YYYY_MM') as suffix
       from generate_series($2::date, $3::date - 1, '1 month') day where $1::int is not null`,
      month,
      cut_day,
    );
    const live = await measureTables(months.map(({ suffix }) => suffix));

    await keepFrom("sessions", cut_day);
    await keepFrom("activities", cut_day);
    await rollupOrganization(db, actor, { now, signal: new AbortController().signal });
    const { sealed_before, waits } = await advanceSeal(db, actor, { now });
    if (sealed_before === null || waits) throw new Error(`${waits?.day} can't be sealed: ${waits?.reason}`);

    const countSessions = async () =>
      (
        await query<{ found: number }>(
          "select count(*)::int as found from sessions where org_id = $1 and id < uuid_floor($2::date::timestamptz)",
          cut_day,
        )
      )[0]!.found;
    const sessionsBefore = await countSessions();
    const ofSessions = await laps(sessionsStep, []);
    const sessionsGone = sessionsBefore - (await countSessions());
    const [write, verify, purge] = (await laps(activitiesStep, [
      "archive:written",
      "archive:verified",
      "archive:purged",
    ])) as [number, number, number];
    const [parts] = (await query<{ rows: number; bytes: number; activities: number }>(
      `select sum(row_count)::int as rows, sum(bytes)::bigint as bytes, sum(activity_count)::int as activities
       from archive_parts where org_id = $1 and month >= $2 and status = 'purged'`,
      month,
    )) as [{ rows: number; bytes: number; activities: number }];

    const last = months.at(-1)!.day.slice(0, 7);
    await requestRestore(db, actor, { month: last }, { now, isQueued: false });
    const restored = await timed(() =>
      restoreMonth(db, actor, archive, { month: last, now, takeErased: takeFromRestored }),
    );

    const line = (name: string, rows: number, took: number, bytes: number | null) => [
      name,
      rows.toLocaleString("en"),
      (took / 1_000).toFixed(1),
      ((rows / took) * 1_000).toFixed(0),
      bytes === null ? "" : ((rows * bytes) / took / 1_000).toFixed(1),
    ];
    say(
      `\n${table([
        [`${months.length} months from ${month.slice(0, 7)}`, "rows", "seconds", "rows/s", "MB/s of tables"],
        line("archive", parts.rows, write, live.bytes),
        line("read back and verify", parts.rows, verify, live.bytes),
        line("purge", parts.rows, purge, live.bytes),
        line("the gate as a whole", parts.rows, write + verify + purge, live.bytes),
        line("purge of sessions", sessionsGone, ofSessions.at(-1)!, null),
        line(`restore of ${last}`, restored.result.rows, restored.ms, live.bytes),
      ])}`,
    );
    say(
      `\n${parts.activities.toLocaleString("en")} activities with all that hangs on them: ${(parts.bytes / parts.rows).toFixed(0)} bytes a row in the ` +
        `archive, ${live.bytes.toFixed(0)} in tables, ${live.with_indexes.toFixed(0)} with indexes; texts here repeat themselves and compress well`,
    );
    await measureDrop(months[0]!);

    /** Runs a step. @returns how long it took up to each of the places, summed up, and from the last of them to its end */
    async function laps(step: Step, places: string[]): Promise<number[]> {
      const spent = [...places, "end"].map(() => 0);
      let begun = performance.now();
      const lap = (at: number) => {
        spent[at]! += performance.now() - begun;
        begun = performance.now();
      };
      const reached = (place: string) => {
        if (places.includes(place)) lap(places.indexOf(place));
      };
      const end = await step.run(db, actor, {
        now,
        archive,
        reached,
        summarise: null,
        signal: new AbortController().signal,
      });
      lap(places.length);
      if (end.status !== "done") throw new Error(`${step.data_type}: ${end.status}, ${end.reason}`);
      return spent;
    }

    /** Begins to keep what began on a day or later. */
    async function keepFrom(data_type: DataType, day: string): Promise<void> {
      // The day itself isn't counted.
      const keep = { count: daysBetween(day, today) - 1, unit: "day" } as const;
      await setPolicy(db, actor, { data_type, keep }, new Date(`${addDays(today, -coolDownDays)}T00:00:00Z`));
    }

    /** Bytes a row of what is archived, over all organisations. */
    async function measureTables(suffixes: string[]): Promise<{ bytes: number; with_indexes: number }> {
      const partitions = suffixes.flatMap((suffix) => archivedTables.map(({ name }) => `${name}_${suffix}`));
      const { rows } = await db.pool.query<{ bytes: number; with_indexes: number }>(
        `select sum(pg_table_size(p::regclass))::float8 / sum(n) as bytes, sum(pg_total_relation_size(p::regclass))::float8 / sum(n) as with_indexes
         from (${partitions.map((name) => `select '${name}' as p, count(*)::float8 as n from ${name}`).join(" union all ")}) t`,
      );
      return rows[0]!;
    }

    /** How long others wait while an emptied month is dropped. What other organisations have in it goes unmeasured. */
    async function measureDrop({ day, suffix }: { day: string; suffix: string }): Promise<void> {
      const names = [...archivedTables.map(({ name }) => name), "sessions"].map((name) => `${name}_${suffix}`);
      const deletes = names.map((name) => `delete from ${name}`).join("; ");
      await db.pool.query(`begin; set local session_replication_role = replica; ${deletes}; commit`);
      for (const name of names) await db.pool.query(`vacuum ${name}`);
      const waited: number[] = [];
      let isOver = false;
      const read = async () => {
        const text = "select id from activities where org_id = $1 order by id desc limit 50";
        const one = () => inTenant(readers, actor, (tx) => tx.query({ text, values: [actor.org_id] }));
        await one();
        while (!isOver || waited.length < 100) waited.push((await timed(one)).ms);
      };
      const reading = read();
      while (waited.length < 50) await new Promise((resolve) => setTimeout(resolve, 10));
      const drop = await timed(() =>
        query<{ dropped: string[] }>("select drop_month($2::date) as dropped where $1::int is not null", day),
      );
      isOver = true;
      await reading;
      const longest = Math.max(...waited);
      say(
        `drop of ${day.slice(0, 7)} (${drop.result[0]!.dropped.length} of ${names.length} partitions): the call took ${ms(drop.ms)} ms, locks in it; ` +
          `the longest wait of a reader beside it ${ms(longest)} ms (${longest < 300 ? "met" : "MISSED"} < 300; median ${ms(summarise(waited).p50)} ms)`,
      );
    }
  } finally {
    await readers.close();
    await db.close();
  }
} finally {
  await server.stop(60_000);
}
