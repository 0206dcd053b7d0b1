import type { TwinAnswer } from "@twin/contracts/twins";
import { addMonths, daysBetween, monthOf } from "@twin/contracts/calendar";
import { daySpan, dayOf, plainDay, shortMonthYear } from "@twin/wording/format";
import { platformName } from "@twin/wording/names";

type Spell = TwinAnswer["installations"]["spells"][number];

/** A spell on an axis of days: from `left`, over `width`, both in per cent. */
type SpellBar = { left: number; width: number; isOpen: boolean; isKnown: boolean; text: string };
type SpellLane = { key: string; platform: string; name: string; bars: SpellBar[] };
export type Axis = { lanes: SpellLane[]; ticks: { at: number; text: string }[] };

/** "since 1 Jul 2026", "5 Jan – 3 Mar 2026", "to 3 Mar 2026" where nobody said since when. */
function spellText({ start, end }: { start: string | null; end: string | null }): string {
  if (start === null) return end === null ? "since when isn’t known" : `to ${plainDay(end)}`;
  return end === null ? `since ${plainDay(start)}` : start === end ? plainDay(start) : daySpan(start, end);
}

/** Installations by workspace, those that are open first, as bars on one axis that ends today. */
export function spellsOf({ installations: { spells }, timezone, today }: TwinAnswer): Axis {
  const days = ({ installed_at, uninstalled_at }: Spell) => ({
    start: installed_at && dayOf(installed_at, timezone),
    end: uninstalled_at && dayOf(uninstalled_at, timezone),
  });
  const known = spells.flatMap((spell) => Object.values(days(spell)).filter((day) => day !== null));
  const first = monthOf([today, ...known].toSorted()[0]!);
  const length = daysBetween(first, today);
  const placeOf = (day: string) => (Math.max(0, Math.min(length, daysBetween(first, day) - 1)) / length) * 100;
  const lanes = new Map<string, SpellLane>();
  for (const spell of spells) {
    const key = JSON.stringify([spell.platform, spell.workspace_id]);
    const workspace = spell.workspace_name ?? spell.workspace_id;
    const lane = lanes.get(key) ?? {
      key,
      platform: spell.platform,
      name: [platformName(spell.platform), workspace].filter(Boolean).join(" · "),
      bars: [],
    };
    const { start, end } = days(spell);
    const left = start === null ? 0 : placeOf(start);
    lane.bars.push({
      left,
      width: Math.max((end === null ? 100 : placeOf(end)) - left, 0.5),
      isOpen: end === null,
      isKnown: start !== null,
      text: spellText({ start, end }),
    });
    lanes.set(key, lane);
  }
  return { lanes: [...lanes.values()], ticks: ticksOf(first, today, placeOf) };
}

/** Up to five months below the axis, and today at its end. */
function ticksOf(first: string, today: string, placeOf: (day: string) => number): Axis["ticks"] {
  const months: string[] = [];
  for (let month = first; month <= today; month = addMonths(month, 1)) months.push(month);
  const every = Math.max(1, Math.ceil(months.length / 5));
  return months
    .filter((_, at) => at % every === 0)
    .map((month) => ({ at: placeOf(month), text: shortMonthYear(month) }))
    .filter(({ at }) => at < 86);
}
