import { jobs, live } from "@twin/contracts/jobs";
import { readJobsStatus } from "@twin/db/jobs/status";
import { onFiguresChanged } from "@twin/db/figures/metrics/changes";
import { implement, implementStream } from "../implement.ts";
import { t } from "../trpc.ts";

export const jobsRouter = t.router({
  status: implement(jobs.status).query(({ ctx, input }) => readJobsStatus(ctx.db, ctx.actor, input)),
});

export const liveRouter = t.router({
  figures: implementStream(
    live.figures,
    ({ as_of }) => as_of,
    ({ ctx, signal }) => onFiguresChanged(ctx.db, ctx.actor, signal),
  ),
});
