import type { Database } from "@twin/db/postgres/connect";
import { readReadiness } from "@twin/db/jobs/readiness";

export type Readiness = { ready: boolean; database: boolean; migrations: boolean; worker: boolean };

/** Whether requests can be served: the database answers, has the newest schema, and a worker was seen in the last minute. */
export async function checkReadiness(db: Database): Promise<Readiness> {
  try {
    const { migrations, worker } = await readReadiness(db);
    return { ready: migrations && worker, database: true, migrations, worker };
  } catch {
    return { ready: false, database: false, migrations: false, worker: false };
  }
}
