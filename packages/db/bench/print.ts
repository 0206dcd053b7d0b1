import type { Freshness } from "./freshness.ts";
import type { IngestFigures } from "./ingest.ts";
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

/** Costs for 1,000 records, and how much more they are than at another size. */
export function printCosts(
  size: string,
  figures: IngestFigures,
  earlier: { size: string; figures: IngestFigures } | null,
  say: Say,
): void {
  const growth = (now: number | null, then: number | null | undefined) =>
    now === null || !then ? "" : `${now >= then ? "+" : ""}${((now / then - 1) * 100).toFixed(0)} %`;
  const clock = (all: number[] | undefined) => (all ? summarise(all) : null);
  const rows = (
    [
      [
        "ingest",
        clock(figures.ingest_ms)!,
        clock(earlier?.figures.ingest_ms),
        figures.ingest_cpu,
        earlier?.figures.ingest_cpu,
        figures.ingest_pages,
        earlier?.figures.ingest_pages,
      ],
      [
        "rollup",
        clock(figures.rollup_ms)!,
        clock(earlier?.figures.rollup_ms),
        figures.rollup_cpu,
        earlier?.figures.rollup_cpu,
        figures.rollup_pages,
        earlier?.figures.rollup_pages,
      ],
    ] as const
  ).map(([what, now, then, cpu, cpuThen, pages, pagesThen]) => [
    what,
    ms(now.p50),
    ms(now.p99),
    ms(cpu),
    pages.toFixed(0),
    growth(now.p50, then?.p50),
    growth(cpu, cpuThen),
    growth(pages, pagesThen),
  ]);
  const links = Object.entries(figures.links).map(([link, { ms: times, plain }]) => {
    const { p50, p99 } = summarise(times);
    const then = earlier?.figures.links?.[link];
    return [
      `  ${link}`,
      ms(p50),
      ms(p99),
      "",
      "",
      growth(p50, then && summarise(then.ms).p50),
      "",
      "",
      plain ? ms(plain) : "",
    ];
  });
  const since = earlier ? `from ${earlier.size}` : "growth";
  say(
    `\n${table([
      [
        `1,000 records at ${size} (ms)`,
        "p50",
        "p99",
        "server CPU",
        "pages",
        `${since}, p50`,
        `${since}, CPU`,
        `${since}, pages`,
        "plain SQL",
      ],
      ...rows,
      ...links,
    ])}`,
  );
  say(
    `ingest on one connection: ${figures.records_per_second.toFixed(0)} records/s; ` +
      `rollup: ${(figures.person_days / figures.rollup_ms.length).toFixed(0)} person-days for 1,000 records`,
  );
}

export function printFreshness({ times, asked_per_second, records_per_second, cpu }: Freshness, say: Say): void {
  const { p50, p99, n } = summarise(times);
  say(
    `\nfrom stored to shown, ${asked_per_second} records/s asked for and ${records_per_second.toFixed(0)} stored, a worker beside: median ${(p50 / 1_000).toFixed(2)} s ` +
      `(${p50 < 2_000 ? "met" : "MISSED"} < 2), p99 ${(p99 / 1_000).toFixed(2)} s (${p99 < 5_000 ? "met" : "MISSED"} < 5), ${n} batches; ` +
      `CPU for 1,000 records: ${ms(cpu.server)} ms server, ${ms(cpu.worker)} ms worker, ${ms(cpu.ingest)} ms ingest and reader`,
  );
}
