import type { TRPCBuiltRouter, TRPCDefaultErrorShape } from "@trpc/server";
import { access } from "./access.ts";
import { account } from "./account.ts";
import { activities } from "./activities.ts";
import { annotations } from "./annotations.ts";
import { archives } from "./archives.ts";
import { audit } from "./audit.ts";
import { backfills } from "./backfills.ts";
import { engagement } from "./engagement.ts";
import type { Problem } from "./errors.ts";
import { features } from "./features.ts";
import { ingest } from "./ingest.ts";
import { jobs, live } from "./jobs.ts";
import { keys } from "./keys.ts";
import { lifecycle } from "./lifecycle.ts";
import { members } from "./members.ts";
import { charts, metrics } from "./metrics.ts";
import { organization } from "./organization.ts";
import { people } from "./people.ts";
import type { ProcedureOf } from "./procedure.ts";
import { receipts } from "./receipts.ts";
import { retention } from "./retention.ts";
import { sessions } from "./sessions.ts";
import { twins } from "./twins.ts";
import { users } from "./users.ts";

/** Everything that may be asked of the API. */
export const contract = {
  access,
  account,
  activities,
  annotations,
  archives,
  audit,
  backfills,
  charts,
  engagement,
  features,
  ingest,
  jobs,
  keys,
  lifecycle,
  live,
  members,
  metrics,
  organization,
  people,
  receipts,
  retention,
  sessions,
  twins,
  users,
};

/** The shape of a tRPC error: the default one, with the problem under `data.problem`. */
export type ErrorShape = TRPCDefaultErrorShape & { data: { problem: Problem } };

/** The router that the server must implement exactly; clients know nothing else of the server. */
export type AppRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ErrorShape; transformer: false },
  ProcedureOf<typeof contract>
>;
