import { addBuckets, addDays, bucketOf, bucketsOf } from "@twin/contracts/calendar";
import type { TwinAnswer, TwinInput } from "@twin/contracts/twins";
import { sql } from "drizzle-orm";
import { seesNames } from "../../people/masking.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { comparedOf, type DayRange, rangeOf } from "../../tenancy/calendar/range.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { type FigureFilter, readFilter } from "../filter/filter.ts";
import { answered, readHelpfulDays, sumHelpful } from "../metrics/helpful-days.ts";
import { isStale, readNeighbours, staleAfterDays } from "./list.ts";
import { readUse } from "./use.ts";

/** Weeks of answers, however short the range is. */
const leastWeeks = 13;

/**
 * One twin, with what it was asked in the range: from facts, so purged days count, too.
 * @throws NOT_FOUND, also for another organisation's; BAD_REQUEST naming the field, for days in the future;
 * FORBIDDEN where the order of its list would tell names
 */
export function getTwin(db: Database, actor: Actor, input: TwinInput, now: Date): Promise<TwinAnswer> {
  const namesPeople = seesNames(actor);
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone, day_rule, figures_at } = await readCalendar(tx, now);
    const { owner_id, owner_name, trained_on, ...twin } = await readTwin(tx, input.twin_id, day_rule, now);
    const range = rangeOf(input, today, time_zone);
    const { filter: asked, not_applied } = await readFilter(tx, actor, input, "twins.get");
    const filter = { ...asked, twin: { of: [twin.id], not: null } };
    const { people, ...use } = await readUse(tx, range, filter);
    return {
      timezone: time_zone,
      as_of: figures_at,
      not_applied,
      ...range,
      today,
      ...twin,
      owner: personOf(namesPeople, owner_id, owner_name),
      stale_after_days: staleAfterDays,
      ...use,
      people: namesPeople ? people : [],
      ...(await readAnswers(tx, range, filter, today, trained_on)),
      installations: await readInstallations(tx, twin.id),
      ...(await readCorrections(tx, twin.id, namesPeople)),
      ...(await readNeighbours(tx, actor, input, range, { today, now })),
    };
  });
}

const personOf = (named: boolean, id: string | null, name: string | null) =>
  id === null ? null : { id, name: named ? name : null };

const storedTwin = statement(
  "figures.twin",
  { org_id: "int", id: "uuid", rule: "day_rule", now: "timestamptz" },
  {
    id: "uuid",
    name: "text",
    owner_id: "uuid?",
    owner_name: "text",
    is_shared: "boolean",
    created_at: "timestamptz",
    last_trained_at: "timestamptz?",
    trained_on: "date?",
    is_stale: "boolean",
    document_count: "int",
    email_count: "int",
  },
  (p) => sql`
    select t.id, t.name, o.id as owner_id, o.full_name as owner_name, t.is_shared, t.created_at, t.last_trained_at,
      day_of(t.last_trained_at, ${p.rule}) as trained_on, ${isStale(p.now)} as is_stale, t.document_count, t.email_count
    from twins t left join users o on o.org_id = ${p.org_id} and o.id = t.user_id and o.deleted_at is null
    where t.org_id = ${p.org_id} and t.id = ${p.id}`,
);

async function readTwin(tx: Tx, id: string, rule: string, now: Date) {
  const [twin] = await tx.query(storedTwin({ org_id: tx.org_id, id, rule, now: now.toISOString() }));
  if (!twin) throw new DomainError("NOT_FOUND", "there is no such twin", { path: "twin_id" });
  return twin;
}

type Answers = Pick<TwinAnswer, "helpful" | "helpful_previous" | "weeks" | "before_training">;

/** How its answers were rated: in the range and the one before, by week, and before it was trained. */
async function readAnswers(
  tx: Tx,
  range: DayRange,
  filter: FigureFilter,
  today: string,
  trained_on: string | null,
): Promise<Answers> {
  const { current, counterpart } = comparedOf(range, today);
  const [first, latest] = [bucketOf(range.start_date, "week"), bucketOf(range.end_date, "week")];
  const thirteenth = addBuckets(latest, "week", 1 - leastWeeks);
  const begin = first < thirteenth ? first : thirteenth;
  const earliest = begin < counterpart.start_date ? begin : counterpart.start_date;
  const days = await readHelpfulDays(tx, { ...range, start_date: earliest }, filter);
  const within = ({ start_date, end_date }: DayRange) =>
    days.filter(({ date }) => date >= start_date && date <= end_date);
  const isTrainedHere = trained_on !== null && trained_on > begin && trained_on <= range.end_date;
  const untrained = isTrainedHere ? { start_date: begin, end_date: addDays(trained_on, -1) } : null;
  return {
    helpful: { ...current, ...sumHelpful(within(current)) },
    helpful_previous: { ...counterpart, ...answered(within(counterpart)) },
    weeks: bucketsOf(begin, range.end_date, "week", today).map(({ date: _date, ...bucket }) => ({
      ...bucket,
      ...answered(within(bucket)),
    })),
    before_training: untrained && { ...untrained, ...answered(within(untrained)) },
  };
}

const spellRow = {
  platform: "text",
  workspace_id: "text?",
  workspace_name: "text?",
  installed_at: "timestamptz?",
  uninstalled_at: "timestamptz?",
  open: "int",
  total: "int",
} as const;

const spellsOfTwin = statement(
  "figures.twin_spells",
  { org_id: "int", id: "uuid" },
  spellRow,
  (p) => sql`
    select platform, workspace_id, workspace_name, installed_at, uninstalled_at,
      (count(*) filter (where uninstalled_at is null) over ())::int as open, (count(*) over ())::int as total
    from twin_installations where org_id = ${p.org_id} and twin_id = ${p.id}
    order by uninstalled_at desc nulls first, installed_at desc nulls last, id desc limit 200`,
);

async function readInstallations(tx: Tx, id: string): Promise<TwinAnswer["installations"]> {
  const rows = await tx.query(spellsOfTwin({ org_id: tx.org_id, id }));
  return {
    open: rows[0]?.open ?? 0,
    total: rows[0]?.total ?? 0,
    spells: rows.map(({ open: _open, total: _total, ...spell }) => spell),
  };
}

const correctionsOfTwin = statement(
  "figures.twin_corrections",
  { org_id: "int", id: "uuid" },
  { at: "timestamptz", from_id: "uuid?", from_name: "text", to_id: "uuid?", to_name: "text" },
  (p) => sql`
    select c.at, f.id as from_id, f.full_name as from_name, o.id as to_id, o.full_name as to_name from audit_log c
    left join users f on f.org_id = ${p.org_id} and f.id = (c.details ->> 'from')::uuid and f.deleted_at is null
    left join users o on o.org_id = ${p.org_id} and o.id = (c.details ->> 'to')::uuid and o.deleted_at is null
    where c.org_id = ${p.org_id} and c.object_type = 'twin' and c.object_id = ${p.id}::text and c.action = 'twin.set_owner'
    order by c.at desc, c.id desc limit 20`,
);

const correctionThatWaits = statement(
  "figures.twin_correction_waits",
  { org_id: "int", id: "uuid" },
  { twin_id: "uuid" },
  (p) => sql`select twin_id from owner_corrections where org_id = ${p.org_id} and twin_id = ${p.id}`,
);

async function readCorrections(
  tx: Tx,
  id: string,
  namesPeople: boolean,
): Promise<Pick<TwinAnswer, "corrections" | "is_following">> {
  const rows = await tx.query(correctionsOfTwin({ org_id: tx.org_id, id }));
  const waiting = await tx.query(correctionThatWaits({ org_id: tx.org_id, id }));
  return {
    corrections: rows.map(({ at, from_id, from_name, to_id, to_name }) => ({
      at,
      from: personOf(namesPeople, from_id, from_name),
      to: personOf(namesPeople, to_id, to_name),
    })),
    is_following: waiting.length > 0,
  };
}
