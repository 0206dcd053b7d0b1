import { memoryHeads } from "@twin/db/test/heads";
import { connect } from "@twin/db/postgres/connect";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";
import { openLedger } from "@twin/db/privacy/erasures/ledger";
import { eraseDue } from "@twin/db/privacy/erasures/run";
import { systemOf } from "@twin/db/test/actors";

// An erasure, or the export EXPORT, in a process of its own, which ends itself with SIGKILL where it is told to.
//   node run-once.ts DATABASE_URL LEDGER ORGANISATION TIME PLACE [EXPORT]

const [url, file, org, now, place, export_id] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string?,
];
const db = connect(url, { max: 3 });
await unlockKeys(db, { key: Buffer.alloc(32, 7).toString("base64") });
const reached = (at: string) => void (at === place && process.kill(process.pid, "SIGKILL"));
const ledger = openLedger(file);
const signal = new AbortController().signal;
const org_id = Number(org);
if (export_id === undefined)
  await eraseDue(db, systemOf(org_id), { now: new Date(now), ledger, signal, limit: 4, reached });
else {
  const [{ runTask }, { pino }] = await Promise.all([import("../../src/task.ts"), import("pino")]);
  await runTask(
    "users/export",
    { org_id, export_id },
    { id: "1", key: null, attempts: 1, max_attempts: 5 },
    {
      db,
      url,
      signal,
      reached,
      log: pino({ level: "silent" }),
      env: { demo: false, summary: null, mail: null, heads: memoryHeads(), ledger },
      archive: null,
    },
  );
}
await db.close();
