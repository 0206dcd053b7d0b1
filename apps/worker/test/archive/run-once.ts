import { connect } from "@twin/db/postgres/connect";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";
import { activitiesStep } from "@twin/db/lifecycle/steps/activities";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { systemOf } from "@twin/db/test/actors";

// The purge gate in a process of its own, which ends itself with SIGKILL where it is told to: nothing is tidied up.
//   node run-once.ts DATABASE_URL FOLDER ORGANISATION TIME PLACE

const [url, folder, org_id, now, place] = process.argv.slice(2) as [string, string, string, string, string];
const db = connect(url, { max: 3 });
await unlockKeys(db, { key: Buffer.alloc(32, 7).toString("base64") });
await activitiesStep.run(db, systemOf(Number(org_id)), {
  now: new Date(now),
  signal: new AbortController().signal,
  summarise: null,
  archive: archiveIn(folderBlobs(folder)),
  reached: (at) => void (at === place && process.kill(process.pid, "SIGKILL")),
});
await db.close();
