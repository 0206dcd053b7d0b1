import { sql } from "drizzle-orm";
import { statement } from "../../postgres/statement.ts";
import { finest } from "../../tenancy/calendar/local-days.ts";
import type { Tx } from "../../tenancy/actor.ts";

type Span = { from: number; to: number };

/** Time ranges closer than this are joined: nothing lies between them but a midnight that both touch. */
const mergeGapMs = 15 * 60_000;

const append = statement(
  "records.append_marks",
  {
    org_id: "int",
    ns: "int[]",
    from: "timestamptz[]",
    to: "timestamptz[]",
    day_rule: "day_rule",
    received_at: "timestamptz",
    recount: "boolean",
    counted_at: "timestamptz[]",
    platforms: "text[]",
    day_ns: "int[]",
    days: "date[]",
  },
  { queued: "text?" },
  (p) => sql`
    with marked as (
      insert into ops.dirty_log (org_id, day, n, received_at, recount)
      select distinct ${p.org_id}, m.day, m.n, ${p.received_at}, ${p.recount} from (
        select m.n, d.day::date from unnest(${p.ns}, ${p.from}, ${p.to}) m (n, lo, hi),
          generate_series(day_of(m.lo, ${p.day_rule}), day_of(m.hi, ${p.day_rule}), interval '1 day') d (day)
        union all
        select n, day from unnest(${p.day_ns}, ${p.days}) m (n, day)
      ) m returning 1 as mark
    ),
    counted as (
      insert into ops.hour_changes (org_id, at, platform, activities)
      select ${p.org_id}, date_bin(${sql.raw(finest)}, a.at, timestamptz 'epoch'), a.platform, count(*)
      from unnest(${p.counted_at}, ${p.platforms}) a (at, platform) group by 2, 3
    )
    select enqueue_rollup()::text as queued from (select mark from marked limit 1) m`,
);

/**
 * Collects whose days changed, and appends the local days to the dirty log. What its user does to activities has their days
 * counted anew by hour, unless it tells `"followed"` and then each new activity.
 */
export class DirtyDays {
  readonly #added: { at: string; platform: string }[] = [];
  #hours: "anew" | "followed";

  constructor(hours: "anew" | "followed" = "anew") {
    this.#hours = hours;
  }

  /** Tells of a new activity. Its day must be marked, too. */
  add(at: string, platform: string): void {
    this.#added.push({ at, platform });
  }

  /** Stored activities have changed their hour or platform after all. */
  countAnew(): void {
    this.#hours = "anew";
  }

  readonly #spans = new Map<number | null, Span[]>();
  readonly #days: { n: number | null; day: string }[] = [];

  /** Marks instants for person `n`; null: only the day's own numbers (new users, installations). */
  mark(n: number | null, ...instants: readonly (string | null | undefined)[]): void {
    for (const at of instants) if (at) this.markSpan(n, at, at);
  }

  /** Marks every day that a span touches. */
  markSpan(n: number | null, from: string, to: string): void {
    const spans = this.#spans.get(n) ?? [];
    spans.push({ from: Date.parse(from), to: Date.parse(to) });
    this.#spans.set(n, spans);
  }

  /** Marks days by their date: a local day without an instant can't be marked otherwise. */
  markDays(n: number | null, ...days: readonly string[]): void {
    for (const day of days) this.#days.push({ n, day });
  }

  /** Appends the marks to the log and queues the rollup, in the caller's transaction. */
  async flush(tx: Tx, dayRule: string, receivedAt: string): Promise<void> {
    const marks = [...this.#spans].flatMap(([n, spans]) => merged(spans).map((span) => ({ n, ...span })));
    if (marks.length + this.#days.length === 0) return;
    const instants = (which: "from" | "to") => marks.map((mark) => new Date(mark[which]).toISOString());
    await tx.query(
      append({
        org_id: tx.org_id,
        ns: marks.map((mark) => mark.n),
        from: instants("from"),
        to: instants("to"),
        day_rule: dayRule,
        received_at: receivedAt,
        recount: this.#hours === "anew",
        counted_at: this.#added.map(({ at }) => at),
        platforms: this.#added.map(({ platform }) => platform),
        day_ns: this.#days.map(({ n }) => n),
        days: this.#days.map(({ day }) => day),
      }),
    );
  }
}

function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && span.from - last.to <= mergeGapMs) last.to = Math.max(last.to, span.to);
    else result.push({ ...span });
  }
  return result;
}
