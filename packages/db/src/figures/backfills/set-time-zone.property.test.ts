import { ActivitiesInput } from "@twin/contracts/activities";
import { addDays, daysBetween } from "@twin/contracts/calendar";
import fc from "fast-check";
import { expect, test } from "vitest";
import { differences, runToEnd } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { isSettled } from "../../../test/figures/deliver.ts";
import { chances } from "../../../test/figures/fast-motion.ts";
import { afterAll, type History, history } from "../../../test/figures/history.ts";
import { TurningCalendar } from "../../../test/figures/local-time.ts";
import { type Figures, figuresOf, peopleOf } from "../../../test/figures/reference.ts";
import { storedFigures } from "../../../test/figures/stored.ts";
import { storedSums, sumsOf } from "../../../test/figures/sums.ts";
import { toldOf, without } from "../../../test/figures/told.ts";
import { makeSender, type Sender, useApplication } from "../../../test/ingesting.ts";
import { keep } from "../../../test/lifecycle.ts";
import { listActivities } from "../../activities/list.ts";
import { advanceSeal } from "../../lifecycle/seal.ts";
import { markNewDay } from "../new-day.ts";
import { rollupOrganization } from "../rollup.ts";
import { setTimeZone } from "./set-time-zone.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

/** What happens to an organisation: records come in, its zone changes, its seal goes on. */
type Step = { tell: boolean; zone: string | null; isComputed: boolean; seal: number | null };

/** Zones of every offset and change of clocks, those at the date line above all. */
const zones = fc.oneof(
  fc.constantFrom("Pacific/Honolulu", "Pacific/Kiritimati", "Pacific/Pago_Pago"),
  fc.constantFrom(
    "America/Havana",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Chatham",
  ),
);

const step: fc.Arbitrary<Step> = fc.record({
  tell: fc.boolean(),
  zone: fc.option(zones, { freq: 4 }),
  isComputed: fc.boolean(),
  /** So many days from the history's first on are final then. */
  seal: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 2 }),
});

/** So long after the last record a day may be sealed. */
const quietMs = 8 * 86_400_000;

/** An organisation, and beside it what it should hold. */
class World {
  readonly calendar: TurningCalendar;
  now: Date;
  readonly h: History;
  readonly #sender: Sender;
  readonly #waiting: ReturnType<typeof toldOf>[];
  readonly #gone = new Set<string>();
  readonly #untold: Set<string>;
  readonly #cuts: number[] = [];
  /** The figures of days as they were when they were sealed. */
  #sealed: Parts = partsOf(() => true, null);
  #backfills: number[] = [];

  constructor(sender: Sender, h: History, seed: number, portions: number) {
    this.#sender = sender;
    this.h = h;
    this.calendar = new TurningCalendar(h.zone);
    this.now = afterAll(h);
    const chance = chances(seed);
    this.#waiting = Array.from({ length: portions }, () => []);
    const portionOf = new Map<string, number>();
    // What others refer to comes first: whatever is refused is refused because of the seal.
    for (const { name, record } of toldOf(h)) {
      const least = portionOf.get(String(record["conversation"])) ?? 0;
      const isNamed = h.activities.some(({ session }) => name === `s${session}`);
      const portion = name === null || isNamed ? 0 : Math.max(least, Math.floor(chance() * portions));
      if (name !== null) portionOf.set(name, portion);
      this.#waiting[portion]!.push({ name, record });
    }
    this.#untold = new Set(this.#waiting.flat().flatMap(({ name }) => name ?? []));
  }

  get org_id(): number {
    return this.#sender.org_id;
  }
  get actor() {
    return systemOf(this.org_id);
  }
  get isSettled(): boolean {
    return isSettled(this.known);
  }
  /** The history as far as it was told and taken. */
  get known(): History {
    return without(this.h, new Set([...this.#gone, ...this.#untold]));
  }

  async take(step: Step): Promise<void> {
    if (step.tell) await this.tell();
    if (step.isComputed) await this.compute();
    if (step.zone !== null) await this.changeZone(step.zone);
    if (step.seal !== null) await this.seal(addDays(this.calendar.local(Date.parse(this.h.begin)).day, step.seal));
  }

  /** Sends the next portion. What lies in sealed days is refused, with all that hangs on it. */
  async tell(): Promise<boolean> {
    const portion = this.#waiting.shift();
    if (!portion) return false;
    for (const { name } of portion) if (name !== null) this.#untold.delete(name);
    const { rejected } = await this.#sender.send(
      portion.map(({ record }) => record),
      { now: this.now },
    );
    for (const { index, code, message } of rejected) {
      const { name } = portion[index]!;
      if (name === null || (code !== "TOO_OLD" && !code.startsWith("UNKNOWN_"))) throw new Error(`${code}: ${message}`);
      this.#gone.add(name);
    }
    return true;
  }

  async changeZone(zone: string): Promise<void> {
    const { backfill } = await setTimeZone(application.db, this.actor, { timezone: zone }, this.now);
    if (backfill) this.#backfills.push(backfill.id);
    this.calendar.changeZone(zone);
  }

  async compute(): Promise<void> {
    const at = { now: this.now };
    for (const id of this.#backfills.splice(0)) await runToEnd(application.db, this.org_id, id, this.now);
    await markNewDay(application.db, this.actor, this.now);
    await rollupOrganization(application.db, this.actor, at);
    await this.compareSealed();
  }

  async seal(before: string): Promise<void> {
    this.now = new Date(this.now.getTime() + quietMs);
    await this.compute();
    const { local, seal } = this.calendar;
    await keep(database.pool, this.org_id, "sessions", daysBetween(before, local(this.now.getTime()).day) + 1);
    const { sealed_from, sealed_before, waits } = await advanceSeal(application.db, this.actor, { now: this.now });
    if (waits) throw new Error(`${waits.day}: ${waits.reason}`);
    if (sealed_from === null || sealed_before === null) return;
    const figures = await storedFigures(database.pool, this.org_id);
    const days = [...Object.keys(figures.userDays), ...Object.keys(figures.features)].map(dayOfKey);
    const fromDay = days.sort()[0]!;
    const beforeDay = seal && seal.beforeDay > before ? seal.beforeDay : before;
    const [from, end] = [Date.parse(sealed_from), Date.parse(sealed_before)];
    // Over a day without an instant the seal doesn't move.
    if (seal?.from === from && seal.before === end) return;
    // The days that were meant, each wholly in it or not at all.
    expect([local(from).day >= fromDay, local(from - 1).day < fromDay]).toEqual([true, true]);
    expect([local(end).day >= beforeDay, local(end - 1).day < beforeDay]).toEqual([true, true]);
    const was = (day: string) => this.calendar.isSealed(day);
    const fresh = partsOf((day) => !was(day) && day >= fromDay && day < beforeDay, figures);
    this.#sealed = merged(this.#sealed, fresh);
    this.calendar.advance({ from, before: end, fromDay, beforeDay });
    this.#cuts.push((from - Date.parse(this.h.begin)) / 60_000);
  }

  async compareSealed(): Promise<void> {
    const stored = await storedFigures(database.pool, this.org_id);
    expect(partsOf((day) => this.calendar.isSealed(day), stored)).toEqual(this.#sealed);
  }

  /** Compares all that is stored with a plain recount: open days by the calendar, sealed ones as they were sealed. */
  async compare(): Promise<void> {
    const { calendar, now, known } = this;
    const { local } = calendar;
    const stored = await storedFigures(database.pool, this.org_id);
    const recounted = figuresOf(known, { local, now, cuts: this.#cuts });
    const isOpen = (day: string) => !calendar.isSealed(day);
    const expected = merged(this.#sealed, partsOf(isOpen, recounted));
    const { daily, ...parts } = partsOf(() => true, stored);
    const { daily: expectedDaily, ...expectedParts } = expected;
    expect(parts).toEqual(expectedParts);
    expect(daily).toMatchObject(expectedDaily);
    const people = peopleOf(expected.userDays, expected.features, local(now.getTime()).day);
    expect({ retention: stored.retention, sets: stored.sets }).toEqual(people);
    // How many sessions a month had is open where some of it is sealed: sessions that began in the seal stay as they were.
    const ofMonths = (monthly: Figures["monthly"]) =>
      Object.fromEntries(
        Object.entries(monthly).map(([key, [sessions, ...rest]]) => [key, [calendar.seal ? null : sessions, ...rest]]),
      );
    expect(ofMonths(stored.monthly)).toEqual(ofMonths(recounted.monthly));
    if (!calendar.seal) expect(stored).toMatchObject({ sessions: recounted.sessions, sessionOf: recounted.sessionOf });
    expect(await storedSums(database.pool, this.org_id)).toEqual(
      sumsOf({ ...recounted, ...expected, sets: people.sets }),
    );
    expect(await differences(application.db, this.org_id, now)).toEqual([]);
    await this.compareRows();
    await this.compareLists(expected.userDays);
  }

  /** Every row is counted on one day. */
  async compareRows(): Promise<void> {
    const { rows } = await database.pool.query(
      `select (select array[coalesce(sum(sessions), 0), coalesce(sum(user_messages + twin_messages), 0),
           coalesce(sum(conversations + query_activities + document_activities + shared_activities), 0),
           coalesce(sum(documents), 0), coalesce(sum(queries), 0), coalesce(sum(shared_interactions), 0)]::int[]
         from user_days where org_id = $1) as counted,
         array[${["sessions", "messages", "activities", "documents", "queries", "shared_twin_interactions"]
           .map((table) => `(select count(*)::int from ${table} where org_id = $1)`)
           .join(", ")}] as rows`,
      [this.org_id],
    );
    expect(rows[0].counted).toEqual(rows[0].rows);
  }

  /** Behind the number of a day, sealed or open or beside the seal, is a list of as many. */
  async compareLists(userDays: Figures["userDays"]): Promise<void> {
    const sum = (day: string, ...columns: string[]) =>
      Object.entries(userDays)
        .filter(([key]) => dayOfKey(key) === day)
        .reduce((total, [, row]) => total + columns.reduce((s, column) => s + (row[column] ?? 0), 0), 0);
    const { seal } = this.calendar;
    const days = new Set(Object.keys(userDays).map(dayOfKey));
    if (seal) days.add(addDays(seal.fromDay, -1)).add(seal.beforeDay);
    for (const day of days) {
      const list = async (feature?: string) => {
        const input = ActivitiesInput.parse({ start_date: day, end_date: day, feature });
        return (await listActivities(application.db, this.actor, input, this.now)).total;
      };
      expect([day, await list(), await list("document_drafted")]).toEqual([
        day,
        sum(day, "conversations", "query_activities", "document_activities", "shared_activities"),
        sum(day, "documents"),
      ]);
    }
  }
}

type Parts = Pick<Figures, "userDays" | "features" | "hours" | "daily">;
const dayOfKey = (key: string) => key.split(" ")[0]!;

/** What figures say of some days; a day on which nothing was but installations says nothing. */
function partsOf(is: (day: string) => boolean, figures: Figures | null): Parts {
  const some = <T>(all: Record<string, T> = {}) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => is(dayOfKey(key))));
  const isHeld = ({ total_twin_installations: _installations, ...row }: Record<string, unknown>) =>
    Object.values(row).some((value) =>
      typeof value === "number" ? value > 0 : Object.keys(value as object).length > 0,
    );
  const daily = Object.entries(some(figures?.daily)).filter(([, row]) => isHeld(row));
  return {
    userDays: some(figures?.userDays),
    features: some(figures?.features),
    hours: some(figures?.hours),
    daily: Object.fromEntries(daily),
  };
}

const merged = (a: Parts, b: Parts): Parts => ({
  userDays: { ...a.userDays, ...b.userDays },
  features: { ...a.features, ...b.features },
  hours: { ...a.hours, ...b.hours },
  daily: { ...a.daily, ...b.daily },
});

test(
  "however zone and seal move, sealed figures stay, open days are a recount, and every row is counted on one day",
  { timeout: 180_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        history.filter(isSettled),
        fc.integer(),
        fc.array(step, { minLength: 2, maxLength: 6 }),
        async (h, seed, steps) => {
          const world = new World(await makeSender(application.db, h.zone), h, seed, 3);
          await world.tell();
          for (const one of steps) await world.take(one);
          while (await world.tell());
          // Where the first of a conversation's messages was refused it may not be said whose that is.
          fc.pre(world.isSettled);
          await world.compute();
          await world.compare();
        },
      ),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 20), interruptAfterTimeLimit: 150_000, endOnFailure: true },
    );
  },
);
