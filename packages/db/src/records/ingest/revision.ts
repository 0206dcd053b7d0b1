/** The mutable fields of a record, by name. */
export type Fields = Readonly<Record<string, unknown>>;
/** Mutable fields as stored, with the greatest `updated_at` of the sender that made them so. */
export type Revised = { fields: Fields; revised_at: string | null };

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? "null";

/** Whether two values are equal; the order of an object's keys doesn't matter. */
export const same = (a: unknown, b: unknown): boolean => canonical(a ?? null) === canonical(b ?? null);

/** Which of two contents of one time counts: a value before none, then the greater one. */
function outranks(one: Fields, other: Fields): boolean {
  for (const key of Object.keys(one).sort()) {
    const [a, b] = [one[key] ?? null, other[key] ?? null];
    if (!same(a, b)) return b === null || (a !== null && canonical(a) > canonical(b));
  }
  return false;
}

const differs = (a: Fields, b: Fields): boolean => Object.keys(b).some((key) => !same(a[key], b[key]));

/**
 * What a record makes of the stored mutable fields (docs/METRICS.md, "Late, duplicate and corrected records").
 *
 * With `updatedAt` the record is whole: the greatest wins and replaces every field, absent ones by their default; of
 * equal ones the fuller content wins, then the greater, so that any order of arrival ends alike. Without it only what was sent counts,
 * and what was sent as null says nothing: arrival decides.
 *
 * @returns the stored state itself where nothing changes.
 */
export function revise(stored: Revised, sent: Fields, updatedAt: string | undefined, defaults: Fields): Revised {
  if (updatedAt === undefined) {
    const said = Object.fromEntries(
      Object.entries(sent).filter(
        ([key, value]) => value !== undefined && value !== null && !same(stored.fields[key], value),
      ),
    );
    return Object.keys(said).length === 0
      ? stored
      : { fields: { ...stored.fields, ...said }, revised_at: stored.revised_at };
  }
  const whole = wholeOf(sent, defaults);
  const newer = stored.revised_at === null || updatedAt > stored.revised_at;
  const wins = newer || (updatedAt === stored.revised_at && outranks(whole, stored.fields));
  if (!wins) return stored;
  return { fields: { ...stored.fields, ...whole }, revised_at: updatedAt };
}

/** Every mutable field: as sent, else its default. */
export function wholeOf(sent: Fields, defaults: Fields): Fields {
  const whole: Record<string, unknown> = { ...defaults };
  for (const name in sent) if (sent[name] !== undefined && sent[name] !== null) whole[name] = sent[name];
  return whole;
}

/** Whether a revision changed something visible; a newer `updated_at` alone doesn't. */
export const changed = (before: Revised, after: Revised): boolean =>
  before !== after && differs(before.fields, after.fields);

/**
 * The same for each field by itself, for people: they have several senders, each of which sends only some fields.
 * `revisions` holds the `updated_at` of each field.
 */
export function reviseEach(
  stored: Fields,
  revisions: Readonly<Record<string, string>>,
  sent: Fields,
  updatedAt: string | undefined,
): { fields: Fields; revisions: Record<string, string> } {
  const fields: Record<string, unknown> = { ...stored };
  const marks: Record<string, string> = { ...revisions };
  for (const [key, value] of Object.entries(sent)) {
    if (value === undefined || (updatedAt === undefined && value === null)) continue;
    const mark = marks[key];
    if (updatedAt === undefined) {
      fields[key] = value;
    } else if (
      mark === undefined ||
      updatedAt > mark ||
      (updatedAt === mark && canonical(value) > canonical(fields[key] ?? null))
    ) {
      fields[key] = value;
      marks[key] = updatedAt;
    }
  }
  return { fields, revisions: marks };
}
