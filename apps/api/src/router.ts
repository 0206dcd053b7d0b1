import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "@twin/contracts";
import { accessRouter } from "./routers/access.ts";
import { accountRouter } from "./routers/account.ts";
import { activitiesRouter } from "./routers/activities.ts";
import { annotationsRouter } from "./routers/annotations.ts";
import { archivesRouter } from "./routers/archives.ts";
import { auditRouter } from "./routers/audit.ts";
import { backfillsRouter } from "./routers/backfills.ts";
import { featuresRouter } from "./routers/features.ts";
import { ingestRouter } from "./routers/ingest.ts";
import { jobsRouter, liveRouter } from "./routers/jobs.ts";
import { keysRouter } from "./routers/keys.ts";
import { lifecycleRouter } from "./routers/lifecycle.ts";
import { chartsRouter, engagementRouter, metricsRouter, retentionRouter } from "./routers/metrics.ts";
import { membersRouter } from "./routers/members.ts";
import { organizationRouter } from "./routers/organization.ts";
import { peopleRouter } from "./routers/people.ts";
import { receiptsRouter } from "./routers/receipts.ts";
import { sessionsRouter } from "./routers/sessions.ts";
import { twinsRouter } from "./routers/twins.ts";
import { usersRouter } from "./routers/users.ts";
import { t } from "./trpc.ts";

export const router = t.router({
  access: accessRouter,
  account: accountRouter,
  activities: activitiesRouter,
  annotations: annotationsRouter,
  archives: archivesRouter,
  audit: auditRouter,
  backfills: backfillsRouter,
  charts: chartsRouter,
  engagement: engagementRouter,
  features: featuresRouter,
  ingest: ingestRouter,
  jobs: jobsRouter,
  keys: keysRouter,
  lifecycle: lifecycleRouter,
  live: liveRouter,
  members: membersRouter,
  metrics: metricsRouter,
  organization: organizationRouter,
  people: peopleRouter,
  receipts: receiptsRouter,
  retention: retentionRouter,
  sessions: sessionsRouter,
  twins: twinsRouter,
  users: usersRouter,
});

// The server must offer exactly what the contract promises: nothing missing, nothing more, no type different.
type Kinds<R> = R extends { _def: { record: infer Record } } ? KindsOf<Record> : never;
type KindsOf<R> = { [K in keyof R]: R[K] extends { _def: { type: infer T } } ? T : KindsOf<R[K]> };
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
true satisfies Same<Kinds<typeof router>, Kinds<AppRouter>>;
true satisfies Same<inferRouterInputs<typeof router>, inferRouterInputs<AppRouter>>;
true satisfies Same<inferRouterOutputs<typeof router>, inferRouterOutputs<AppRouter>>;
