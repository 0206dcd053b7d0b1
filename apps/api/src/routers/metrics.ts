import { engagement } from "@twin/contracts/engagement";
import { charts, metrics } from "@twin/contracts/metrics";
import { retention } from "@twin/contracts/retention";
import { readEngagement } from "@twin/db/figures/engagement/read";
import { readBreakdowns } from "@twin/db/figures/metrics/breakdowns";
import { readCharts } from "@twin/db/figures/metrics/charts";
import { readMetrics } from "@twin/db/figures/metrics/read";
import { readRetention } from "@twin/db/figures/retention/read";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const metricsRouter = t.router({
  daily: implement(metrics.daily).query(({ ctx, input }) => readMetrics(ctx.db, ctx.actor, input, ctx.now)),
  breakdowns: implement(metrics.breakdowns).query(({ ctx, input }) =>
    readBreakdowns(ctx.db, ctx.actor, input, ctx.now),
  ),
});

export const chartsRouter = t.router({
  activity: implement(charts.activity).query(({ ctx, input }) => readCharts(ctx.db, ctx.actor, input, ctx.now)),
});

export const engagementRouter = t.router({
  read: implement(engagement.read).query(({ ctx, input }) => readEngagement(ctx.db, ctx.actor, input, ctx.now)),
});

export const retentionRouter = t.router({
  read: implement(retention.read).query(({ ctx, input }) => readRetention(ctx.db, ctx.actor, input, ctx.now)),
});
