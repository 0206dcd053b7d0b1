import { takeDemonstration } from "@twin/db/demonstration/remove";
import { connect } from "@twin/db/postgres/connect";
import { systemOf } from "@twin/db/test/actors";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";

// The removal of a demonstration in a process of its own, which ends itself with SIGKILL the TIMES-th time it comes to PLACE.
//   node remove-once.ts DATABASE_URL FOLDER ORGANISATION PLACE TIMES

const [url, folder, org, place, times] = process.argv.slice(2) as [string, string, string, string, string];
const db = connect(url, { max: 3 });
let left = Number(times);
const reached = (at: string) => void (at === place && --left === 0 && process.kill(process.pid, "SIGKILL"));
const archive = archiveIn(folderBlobs(folder));
const { status } = await takeDemonstration(db, systemOf(Number(org)), { now: new Date(), archive, most: 7, reached });
await db.close();
process.exitCode = status === "gone" ? 0 : 3;
