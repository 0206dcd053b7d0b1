/** The local day and hour of an instant, in milliseconds. */
export type LocalTime = (at: number) => { day: string; hour: number };

/**
 * A zone's own calendar, as JavaScript knows it; where clocks go back over midnight the minute of the date that is still to
 * come belongs to the day that they go back to.
 */
export function localTimeOf(zone: string): LocalTime {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    hourCycle: "h23",
  });
  const read = (at: number) => {
    const found = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
    return { day: `${found["year"]}-${found["month"]}-${found["day"]}`, hour: Number(found["hour"]) };
  };
  return (at) => {
    const { day, hour } = read(at);
    const later = read(at + 1_800_000).day;
    return { day: later < day ? later : day, hour };
  };
}

type Seal = { from: number; before: number; fromDay: string; beforeDay: string };

/**
 * The calendar of an organisation whose zone changes while days are sealed, by memory alone (docs/METRICS.md, "Time and days"):
 * an instant keeps the day that it had when it was sealed; open ones have that of the zone, but none of a sealed day.
 */
export class TurningCalendar {
  #zone: string;
  #seal: Seal | null = null;
  /** Of each stretch of time that was sealed at once: the calendar of that moment. */
  readonly #kept: { from: number; before: number; local: LocalTime }[] = [];

  constructor(zone: string) {
    this.#zone = zone;
  }

  get seal(): Seal | null {
    return this.#seal;
  }

  /** The calendar as it is now, whatever comes later. */
  get local(): LocalTime {
    const [byZone, seal, kept] = [localTimeOf(this.#zone), this.#seal, [...this.#kept]];
    return (at) => {
      const then = kept.find(({ from, before }) => at >= from && at < before);
      if (then) return then.local(at);
      const { day, hour } = byZone(at);
      if (seal && at >= seal.before && day < seal.beforeDay) return { day: seal.beforeDay, hour };
      if (seal && at < seal.from && day >= seal.fromDay) return { day: dayBefore(seal.fromDay), hour };
      return { day, hour };
    };
  }

  changeZone(zone: string): void {
    this.#zone = zone;
  }

  advance(seal: Seal): void {
    const [was, local] = [this.#seal, this.local];
    const fresh = was
      ? [
          { from: seal.from, before: was.from, local },
          { from: was.before, before: seal.before, local },
        ]
      : [{ ...seal, local }];
    this.#kept.push(...fresh.filter(({ from, before }) => from < before));
    this.#seal = seal;
  }

  isSealed(day: string): boolean {
    return this.#seal !== null && day >= this.#seal.fromDay && day < this.#seal.beforeDay;
  }
}

const dayBefore = (day: string) => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
