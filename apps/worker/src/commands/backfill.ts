import type { Backfill, BackfillPlan, BackfillRange, DiffAnswer } from "@twin/contracts/backfills";
import { AskedDay } from "@twin/contracts/dates";
import { type BackfillKind, backfillKinds } from "@twin/contracts/vocabulary";
import { diffBackfill } from "@twin/db/figures/backfills/diff";
import { planBackfill } from "@twin/db/figures/backfills/plan";
import { resumeBackfill } from "@twin/db/figures/backfills/resume";
import { startBackfill } from "@twin/db/figures/backfills/start";
import type { Database } from "@twin/db/postgres/connect";
import { DomainError } from "@twin/db/tenancy/errors";
import { listOrganizations, type Organization } from "@twin/db/tenancy/organizations/find";
import { followBackfill, lineOfChange } from "./backfill/follow.ts";
import { type Call, type Command, exit, UsageError } from "./command.ts";
import { commandActor, organizationOf, withDatabase } from "./database.ts";
import { hearSignals } from "./hear-signals.ts";
import { count } from "@twin/wording/format";

const listedAtMost = 10_000;
const printedAtMost = 200;

/** Names of tables are allowed for the kinds of backfills. */
const byTable: Record<string, BackfillKind> = {
  daily_metrics: "metrics",
  user_retention: "retention",
  monthly_user_stats: "monthly",
};

/** The result for one organisation. */
type Outcome = { org: string } & ((Backfill & DiffAnswer) | { plan: BackfillPlan } | { error: string });

function kindOf(word: string | undefined): BackfillKind {
  const kind = backfillKinds.find((one) => one === word) ?? byTable[word ?? ""];
  if (kind) return kind;
  throw new UsageError(
    `${word ? `"${word}" can't be backfilled: ` : "backfill needs WHAT: "}one of ${backfillKinds.join(", ")}`,
  );
}

function dayOf(call: Call, flag: string): string {
  const value = call.text(flag);
  if (value === undefined) throw new UsageError(`backfill needs --${flag} DAY`);
  const day = AskedDay.safeParse(value);
  if (!day.success) throw new UsageError(`--${flag} ${day.error.issues[0]!.message}`);
  return value;
}

function readAsked(call: Call): { range: BackfillRange } | { resume: number } {
  if (call.isSet("all") === (call.text("org") !== undefined))
    throw new UsageError("backfill needs --org SLUG or --all");
  const resume = call.text("resume");
  if (resume !== undefined) {
    if (call.isSet("all")) throw new UsageError("--resume needs --org SLUG, whose backfill it is");
    if (call.isSet("dry-run")) throw new UsageError("--dry-run has nothing to show of a backfill that is begun");
    if (!/^[1-9]\d{0,14}$/.test(resume)) throw new UsageError("--resume must be the number of a backfill");
    return { resume: Number(resume) };
  }
  const range = { what: kindOf(call.words[0]), from: dayOf(call, "from"), to: dayOf(call, "to") };
  if (range.from > range.to) throw new UsageError("--from must not be after --to");
  return { range };
}

/** `backfill`. */
export const backfill: Command = {
  name: "backfill",
  summary: "Compute figures of past days anew from raw rows, and show what that changed",
  words: ["WHAT?"],
  flags: {
    org: { type: "string", value: "SLUG", help: "the organisation" },
    all: { type: "boolean", help: "every organisation, one after the other" },
    from: { type: "string", value: "DAY", help: "first day" },
    to: { type: "string", value: "DAY", help: "last day" },
    "dry-run": { type: "boolean", help: "show days, rows, time and what would be refused; change nothing" },
    resume: { type: "string", value: "ID", help: "go on with one that was stopped, instead of WHAT, --from and --to" },
  },
  notes: [
    "WHAT: metrics (the whole chain: sessions, facts, sets, retention, monthly stats, daily metrics), retention, monthly.",
    "The work is done by the running workers behind all that is live, or here where none runs.",
    "Ctrl-C stops it after the days at work; --resume goes on from there. Sealed and future days are refused.",
  ].join("\n"),
  run(call) {
    const asked = readAsked(call);
    const stop = hearSignals();
    return withDatabase(async (db) => {
      const organizations = call.isSet("all")
        ? await listOrganizations(db)
        : [await organizationOf(db, call.given("org"))];
      const outcomes: Outcome[] = [];
      for (const organization of organizations) {
        if (stop.signal.aborted) break;
        outcomes.push(await one(db, call, organization, asked, stop.signal));
      }
      return report(call, outcomes);
    }).finally(() => stop.close());
  },
};

async function one(
  db: Database,
  call: Call,
  { org_id, slug }: Organization,
  asked: ReturnType<typeof readAsked>,
  signal: AbortSignal,
): Promise<Outcome> {
  const actor = commandActor(org_id, "backfill");
  try {
    if ("range" in asked && call.isSet("dry-run"))
      return { org: slug, plan: await planBackfill(db, actor, asked.range, new Date()) };
    const begun =
      "resume" in asked
        ? await resumeBackfill(db, actor, { id: asked.resume })
        : await startBackfill(db, actor, asked.range, new Date());
    const ended = await followBackfill(db, actor, begun, { org: slug, out: call.out, signal });
    return { org: slug, ...ended, ...(await diffBackfill(db, actor, { id: ended.id, limit: listedAtMost })) };
  } catch (error) {
    // Where one of several organisations is refused, the others go on.
    if (call.isSet("all") && error instanceof DomainError) return { org: slug, error: error.message };
    throw error;
  }
}

function report(call: Call, outcomes: Outcome[]): number {
  const lines = outcomes.flatMap((outcome) => [
    ...(call.isSet("all") ? [`${outcome.org}:`] : []),
    ...("error" in outcome && "org" in outcome && !("status" in outcome) ? [`refused: ${outcome.error}`] : []),
    ...("plan" in outcome ? linesOfPlan(outcome.plan) : []),
    ...("status" in outcome ? linesOfBackfill(outcome) : []),
  ]);
  const [single] = outcomes;
  if (!call.isSet("all") && single) {
    const { org: _org, ...result } = single;
    call.out.result("plan" in result ? result.plan : result, lines);
  } else call.out.result({ organizations: outcomes }, lines);
  const good = outcomes.filter((outcome) => "plan" in outcome || ("status" in outcome && outcome.status === "done"));
  if (good.length === outcomes.length) return exit.ok;
  return good.length > 0 ? exit.partly : exit.failed;
}

const linesOfPlan = (plan: BackfillPlan): string[] => [
  `${count(plan.days)} days, ${count(plan.person_days)} person-days, ${count(plan.raw_rows)} raw rows, ` +
    `${count(plan.chunks)} chunks, about ${Math.max(1, Math.round(plan.estimated_seconds))} s`,
  ...plan.refused.map(({ from, to, reason }) => `refused: ${from} to ${to}, ${reason}`),
];

function linesOfBackfill(outcome: Extract<Outcome, { status: string }>): string[] {
  const { id, org, status, days_done, days_total, days_skipped, changes, total, error } = outcome;
  return [
    ...changes.slice(0, printedAtMost).map(lineOfChange),
    ...(total > printedAtMost ? [`and ${count(total - printedAtMost)} more; --json lists them`] : []),
    `Backfill ${id} is ${status}: ${count(days_done)} of ${count(days_total)} days, ${count(total)} changes` +
      (days_skipped > 0 ? `, ${count(days_skipped)} days sealed meanwhile` : ""),
    ...(error === null ? [] : [error]),
    ...(status === "done" ? [] : [`Go on with: ./twinctl backfill --org ${org} --resume ${id}`]),
  ];
}
