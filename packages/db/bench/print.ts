import type { Freshness } from "./freshness.ts";
import type { Costs, IngestFigures, Way } from "./ingest.ts";
import type { ReadFigures } from "./measure-reads.ts";
import { ms, summarise, table } from "./timing.ts";

type Say = (line: string) => void;

export function printReads(figures: readonly ReadFigures[], say: Say): void {
  const rows = figures.map(({ name, target, cold, warm, server_cpu, own_cpu, plain }) => [
    name,
    ms(warm.p50),
    ms(warm.p99),
    ms(server_cpu),
    ms(own_cpu),
    ms(cold?.p50 ?? null),
    ms(cold?.p99 ?? null),
    plain ? ms(plain.p50) : "",
    target === null ? "" : `${warm.p50 < target ? "met" : "MISSED"} < ${target}`,
  ]);
  say(
    `\n${table([["read (ms)", "p50", "p99", "server CPU", "own CPU", "cold p50", "cold p99", "plain SQL", "target"], ...rows])}`,
  );
}

const titles: Record<Way, string> = {
  today: "1,000 records into one day",
  late: "1,000 late ones, each time another day",
};

/** Costs for 1,000 records either way, and how much more they are than at another size. */
export function printCosts(
  size: string,
  figures: IngestFigures,
  earlier: { size: string; figures: IngestFigures } | null,
  say: Say,
): void {
  const since = earlier ? `from ${earlier.size}` : "growth";
  const growths = ["p50", "CPU", "pages"].map((what) => `${since}, ${what}`);
  for (const way of ["today", "late"] as const) {
    const rows = costRows(figures[way], earlier?.figures[way]);
    say(
      `\n${table([[`${titles[way]}, at ${size} (ms)`, "p50", "p99", "server CPU", "pages", ...growths, "plain SQL"], ...rows])}`,
    );
    const { ingest_ms, person_days } = figures[way];
    const seconds = ingest_ms.reduce((sum, one) => sum + one, 0) / 1_000;
    say(
      `ingest on one connection: ${((ingest_ms.length * 1_000) / seconds).toFixed(0)} records/s; ` +
        `rollup: ${(person_days / ingest_ms.length).toFixed(0)} person-days for 1,000 records`,
    );
  }
}

type Sides = { ms: number[]; cpu?: number | null; pages?: number };

function costRows(costs: Costs, then: Costs | undefined): string[][] {
  const together = ({ ingest_ms, rollup_ms, ingest_cpu, rollup_cpu, ingest_pages, rollup_pages }: Costs): Sides => ({
    ms: ingest_ms.map((one, i) => one + rollup_ms[i]!),
    cpu: ingest_cpu === null || rollup_cpu === null ? null : ingest_cpu + rollup_cpu,
    pages: ingest_pages + rollup_pages,
  });
  const part = (of: Costs, what: "ingest" | "rollup"): Sides => ({
    ms: of[`${what}_ms`],
    cpu: of[`${what}_cpu`],
    pages: of[`${what}_pages`],
  });
  return [
    costRow("ingest", part(costs, "ingest"), then && part(then, "ingest")),
    costRow("rollup", part(costs, "rollup"), then && part(then, "rollup")),
    costRow("both", together(costs), then && together(then)),
    ...Object.entries(costs.links).flatMap(([link, { ms: times, plain }]) => {
      const before = then?.links[link];
      return times.length > 0 ? [[...costRow(`  ${link}`, { ms: times }, before), plain ? ms(plain) : ""]] : [];
    }),
  ];
}

function costRow(what: string, now: Sides, then: Sides | undefined): string[] {
  const { p50, p99 } = summarise(now.ms);
  const growth = (value: number | null | undefined, before: number | null | undefined) =>
    !value || !before ? "" : `${value >= before ? "+" : ""}${((value / before - 1) * 100).toFixed(0)} %`;
  return [
    what,
    ms(p50),
    ms(p99),
    now.cpu === undefined ? "" : ms(now.cpu),
    now.pages?.toFixed(0) ?? "",
    growth(p50, then && then.ms.length > 0 ? summarise(then.ms).p50 : null),
    growth(now.cpu, then?.cpu),
    growth(now.pages, then?.pages),
  ];
}

export function printFreshness({ times, asked_per_second, records_per_second, cpu }: Freshness, say: Say): void {
  const { p50, p99, n } = summarise(times);
  say(
    `\nfrom stored to shown, ${asked_per_second} records/s asked for and ${records_per_second.toFixed(0)} stored, a worker beside: median ${(p50 / 1_000).toFixed(2)} s ` +
      `(${p50 < 2_000 ? "met" : "MISSED"} < 2), p99 ${(p99 / 1_000).toFixed(2)} s (${p99 < 5_000 ? "met" : "MISSED"} < 5), ${n} batches; ` +
      `CPU for 1,000 records: ${ms(cpu.server)} ms server, ${ms(cpu.worker)} ms worker, ${ms(cpu.ingest)} ms ingest and reader`,
  );
}
