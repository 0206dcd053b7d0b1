import type { Output } from "../output.ts";
import { count } from "@twin/wording/format";

/** How far an import is. */
export interface Standing {
  records: number;
  accepted: number;
  updated: number;
  duplicates: number;
  rejected: number;
  waiting: number;
}

const barWidth = 24;

/** `1:02:03` or `2:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** The line that a terminal shows. `fraction` null: the total isn't known. */
export function importBar(standing: Standing, fraction: number | null, seconds: number): string {
  const rate = seconds > 0 ? standing.records / seconds : 0;
  const told = `${count(standing.records)} records  ${count(Math.round(rate))}/s`;
  const rest = standing.rejected + standing.waiting;
  const left = rest > 0 ? `  ${count(rest)} rejected or waiting` : "";
  if (fraction === null) return `${told}  ${clock(seconds)}${left}`;
  const full = Math.round(Math.min(1, fraction) * barWidth);
  const eta = fraction > 0.005 ? clock((seconds * (1 - Math.min(1, fraction))) / fraction) : "–";
  const blocks = "█".repeat(full) + "░".repeat(barWidth - full);
  return `${blocks} ${String(Math.floor(Math.min(1, fraction) * 100)).padStart(3)} %  ${told}  ETA ${eta}${left}`;
}

/** Shows the progress of an import: a bar on a terminal, a line of NDJSON a second elsewhere. */
export class Progress {
  private readonly out: Output;
  private readonly fraction: () => number | null;
  private readonly started = performance.now();
  private readonly terminal: boolean;
  private shown = 0;

  constructor(out: Output, fraction: () => number | null) {
    this.out = out;
    this.fraction = fraction;
    this.terminal = process.stderr.isTTY && !out.json;
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  /** Shows the progress, if the last time is long enough ago. */
  show(standing: Standing, force = false): void {
    const now = performance.now();
    if (!force && now - this.shown < (this.terminal ? 100 : 1000)) return;
    this.shown = now;
    const fraction = this.fraction();
    if (this.terminal) {
      process.stderr.write(
        `\r\u001b[2K${importBar(standing, fraction, this.seconds).slice(0, (process.stderr.columns ?? 80) - 1)}`,
      );
      return;
    }
    const rate = this.seconds > 0 ? Math.round(standing.records / this.seconds) : 0;
    const eta = fraction === null || fraction <= 0 ? null : Math.round((this.seconds * (1 - fraction)) / fraction);
    this.out.event({
      event: "progress",
      ...standing,
      fraction,
      rate,
      eta_seconds: eta,
      seconds: Math.round(this.seconds * 10) / 10,
    });
  }

  /** Prints a remark above the bar. */
  remark(text: string): void {
    if (this.terminal) process.stderr.write("\r\u001b[2K");
    if (this.out.json) this.out.event({ event: "remark", text });
    else this.out.remark(text);
  }

  /** Removes the bar, so that the summary stands alone. */
  end(standing: Standing): void {
    this.show(standing, true);
    if (this.terminal) process.stderr.write("\n");
  }
}
