import type { Actor } from "../src/tenancy/actor.ts";
import { connect, type Database } from "../src/postgres/connect.ts";
import { askPlain, type Read } from "./reads.ts";
import { cpuOf, openCold, pidsOf } from "./server.ts";
import { summarise, timed, type Times } from "./timing.ts";

/** How often each read begins on a server that has just started, and how often the slow plain SQL is run. */
const coldRounds = 2;
const plainRounds = 3;

type WarmFigures = {
  name: string;
  target: number | null;
  warm: Times;
  /** Milliseconds of CPU a call: the server's, and our own. */
  server_cpu: number | null;
  own_cpu: number;
  plain: Times | null;
};
export type ReadFigures = WarmFigures & { cold: Times | null };

/** Each read as the first of a server that has just been started, its files forgotten by the operating system. */
export async function measureCold(
  dataDir: string,
  names: readonly string[],
  readsOf: (db: Database) => Read[],
): Promise<Map<string, Times>> {
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < coldRounds; round++) {
    for (const name of names) {
      const server = await openCold(dataDir);
      const db = connect(server.url(), { max: 1 });
      try {
        // A connection, as a server has some; nothing of the data is read yet.
        await db.pool.query("select 1");
        const read = readsOf(db).find((one) => one.name === name)!;
        times.get(name)!.push((await timed(read.ask)).ms);
      } finally {
        await db.close();
        await server.stop();
      }
    }
  }
  return new Map([...times].map(([name, all]) => [name, summarise(all)]));
}

/** Each read again and again on one connection, and the plain SQL over raw rows beside it. */
export async function measureWarm(
  db: Database,
  actor: Actor,
  reads: readonly Read[],
  rounds: number,
): Promise<WarmFigures[]> {
  const figures: WarmFigures[] = [];
  for (const { name, target, ask, plain } of reads) {
    for (let warming = 0; warming < 8; warming++) await ask();
    const pids = await pidsOf(db);
    const before = { server: cpuOf(pids), own: process.cpuUsage() };
    const warm = await repeated(rounds, ask);
    const own = process.cpuUsage(before.own);
    const server = cpuOf(pids);
    const raw = plain ? await repeated(plainRounds, () => askPlain(db, actor, plain)) : null;
    figures.push({
      name,
      target: target ?? null,
      warm,
      server_cpu: server === null || before.server === null ? null : (server - before.server) / rounds,
      own_cpu: (own.user + own.system) / 1_000 / rounds,
      plain: raw,
    });
  }
  return figures;
}

async function repeated(times: number, act: () => Promise<unknown>): Promise<Times> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) all.push((await timed(act)).ms);
  return summarise(all);
}
