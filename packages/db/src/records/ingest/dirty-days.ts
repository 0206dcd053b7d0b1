import type { Tx } from "../../tenancy/actor.ts";

type Span = { from: number; to: number };

/** Time ranges closer than this are joined: nothing lies between them but a midnight that both touch. */
const mergeGapMs = 15 * 60_000;

/** Collects whose days changed, and appends the local days to the dirty log. */
export class DirtyDays {
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
    await tx.query({
      name: "append_dirty_log",
      text: `insert into ops.dirty_log (org_id, day, n, received_at)
        select distinct $1::int, m.day, m.n, $6::timestamptz from (
          select m.n, d.day::date from unnest($2::int[], $3::timestamptz[], $4::timestamptz[]) m(n, lo, hi),
            generate_series(day_of(m.lo, $5), day_of(m.hi, $5), interval '1 day') d(day)
          union all
          select n, day from unnest($7::int[], $8::date[]) m(n, day)
        ) m`,
      values: [
        tx.org_id,
        marks.map((mark) => mark.n),
        instants("from"),
        instants("to"),
        dayRule,
        receivedAt,
        this.#days.map(({ n }) => n),
        this.#days.map(({ day }) => day),
      ],
    });
    // Last of all: the row of the keyed job is a lock that other batches of this organisation wait for.
    await tx.query({
      name: "enqueue_rollup",
      text: "select enqueue_job('metrics/rollup', json_build_object('org_id', $1::int), 'rollup:' || $1::int)",
      values: [tx.org_id],
    });
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
