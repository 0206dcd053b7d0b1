import { countBuckets } from "@twin/contracts/calendar";
import { connect, type Database } from "@twin/db/postgres/connect";
import { readDiagnosis } from "@twin/db/postgres/diagnosis";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";
import { readBacklog } from "@twin/db/jobs/wait";
import { readReadiness } from "@twin/db/jobs/readiness";
import { checkServer } from "@twin/db/postgres/server";
import { type Command, exit } from "./command.ts";
import { place } from "./database.ts";
import { table } from "./output.ts";

interface Check {
  name: string;
  ok: boolean;
  says: string;
}

const oldestNode = 24;

/** A check whose failure is what it throws. */
async function check(name: string, look: () => Promise<Omit<Check, "name"> | string>): Promise<Check> {
  try {
    const found = await look();
    return typeof found === "string" ? { name, ok: true, says: found } : { name, ...found };
  } catch (error) {
    return { name, ok: false, says: (error as Error).message };
  }
}

const bad = (says: string) => ({ ok: false, says });

/** How many whole months lie between today and the end of the partitions. */
function monthsAhead(until: string, now: Date): number {
  return countBuckets(now.toISOString().slice(0, 10), until, "month") - 1;
}

function* checksOf(db: Database, keys: Parameters<typeof unlockKeys>[1]): Generator<Promise<Check>> {
  yield check("version", async () => `PostgreSQL ${(await readDiagnosis(db)).server_version}`);
  yield check("roles", async () => {
    const { roles_missing: missing } = await readDiagnosis(db);
    if (missing.length === 0) return "all there";
    return bad(
      `missing for this login: ${missing.join(", ")}; run ./twinctl migrate with a login that may create roles`,
    );
  });
  yield check("migrations", async () =>
    (await readReadiness(db)).migrations ? "current" : bad("not current; run ./twinctl migrate"),
  );
  yield check("partitions", async () => {
    const { partitions_until: until } = await readDiagnosis(db);
    if (until === null) return bad("none; run ./twinctl migrate");
    const ahead = monthsAhead(until, new Date());
    const says = `until ${until.slice(0, 7)}, ${ahead} months ahead`;
    return ahead >= 2 ? says : bad(`${says}; run ./twinctl migrate, and see that a worker runs`);
  });
  yield check("vacuum", async () => {
    const { vacuum_late: late } = await readDiagnosis(db);
    return late.length === 0 ? "no table waits for it" : `${late.join(", ")} next; a worker does it every hour`;
  });
  yield check("encryption key", async () => {
    await unlockKeys(db, keys);
    return "present, and the one that this database knows";
  });
  yield check("worker", async () =>
    (await readReadiness(db)).worker ? "seen" : bad("none alive; start it with npm start"),
  );
  yield check("queue", async () => {
    const { waiting, running, failed, days } = await readBacklog(db);
    const says = `${waiting} waiting, ${running} running, ${failed} failed, ${days} days to recompute`;
    return failed === 0 ? says : bad(`${says}; ./twinctl jobs ls shows why, ./twinctl jobs retry ID tries again`);
  });
}

/** `doctor`. */
export const doctor: Command = {
  name: "doctor",
  summary: "Check what has to be right, and say what to do where it isn't",
  async run(call) {
    const { url, direct, prepare, keys } = place();
    const node = process.versions.node;
    const checks = [
      await check("node", async () =>
        Number.parseInt(node, 10) >= oldestNode ? node : bad(`${node}; ./twinctl brings ${oldestNode} or newer itself`),
      ),
      await check("database", async () => {
        await checkServer(direct);
        const { hostname, port, pathname } = new URL(url);
        return `answers at ${hostname}:${port || 5432}${pathname}`;
      }),
    ];
    if (checks[1]!.ok) {
      const db = connect(url, { max: 2, applicationName: "twinctl", prepare });
      try {
        for (const each of checksOf(db, keys)) {
          const { name, ok } = checks[checks.push(await each) - 1]!;
          // Later checks would fail for the same reason.
          if (name === "migrations" && !ok) break;
        }
      } finally {
        await db.close();
      }
    }
    const isWell = checks.every(({ ok }) => ok);
    call.out.result(
      { ok: isWell, checks },
      table(checks.map(({ name, ok, says }) => [ok ? "ok " : "bad", name, says])),
    );
    return isWell ? exit.ok : exit.failed;
  },
};
