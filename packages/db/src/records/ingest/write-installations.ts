import type { RecordOf } from "@twin/contracts/ingest";
import { mintId } from "../../postgres/uuid-time.ts";
import { type Batch, checkEnd, checkEventTime, checkNotAhead, isSealed } from "./batch.ts";
import { Rejected } from "./outcome.ts";
import type { Entry } from "./parse.ts";
import { changed, type Fields, type Revised, revise, wholeOf } from "./revision.ts";
import { type Columns, insertNewRows, sortedBy, updateRows } from "./rows.ts";

type InstallationRecord = RecordOf<"installation">;
type Place = { twin_id: string; platform: string; workspace_id: string | null };
type Spell = Place & {
  id: string;
  /** Null where nobody sent it and the twin did nothing on the platform yet (`moveBeginnings`). */
  installed_at: string | null;
  installed_at_known: boolean;
  revised: Revised;
  isNew: boolean;
  isTouched: boolean;
  /** Its id until now, where it had no beginning and one was sent. */
  stored_id: string | null;
};
type Row = Omit<Spell, "revised" | "isNew" | "isTouched" | "stored_id"> & {
  workspace_name: string | null;
  uninstalled_at: string | null;
  revised_at: string | null;
};

const identity: Columns = { id: "uuid", twin_id: "uuid", platform: "text", workspace_id: "text" };
const beginning: Columns = { installed_at: "timestamptz", installed_at_known: "bool" };
const mutable: Columns = { workspace_name: "text", uninstalled_at: "timestamptz", revised_at: "timestamptz" };
const defaults: Fields = { workspace_name: null, uninstalled_at: null };

const end = ({ fields }: Revised) => (fields["uninstalled_at"] ?? null) as string | null;
const placeOf = (spell: Place) => JSON.stringify([spell.twin_id, spell.platform, spell.workspace_id]);
const sentOf = ({ workspace_name, uninstalled_at }: InstallationRecord): Fields => ({ workspace_name, uninstalled_at });

/**
 * Stores installations, one for each (twin, platform, workspace, installed_at), and at most one open in one place. A record
 * without a beginning is about the open one of its place, or else the earliest; only where none was sent with a time is it
 * an installation of its own, until one is.
 */
export async function writeInstallations(batch: Batch, entries: readonly Entry<InstallationRecord>[]): Promise<void> {
  if (entries.length === 0) return;
  const { references, outcomes, lines } = batch;
  const spells = await loadSpells(batch, entries);

  for (const { index, record } of entries) {
    outcomes.attempt(index, () => {
      checkNotAhead(batch, "installed_at", record.installed_at);
      if (record.installed_at && record.installed_at < batch.tenant.history_from)
        checkEventTime(batch, "installed_at", record.installed_at);
      const place = {
        twin_id: references.twin(record.twin).id,
        platform: record.platform,
        workspace_id: record.workspace_id ?? null,
      };
      const there = spells.filter((spell) => placeOf(spell) === placeOf(place));
      const known = find(there, record.installed_at);
      const begun = record.installed_at ?? (known?.installed_at_known ? known.installed_at : null);
      if (begun) checkEnd(batch, "uninstalled_at", begun, record.uninstalled_at);
      else checkNotAhead(batch, "uninstalled_at", record.uninstalled_at);
      const undated = record.installed_at === undefined ? undefined : there.find((spell) => !spell.installed_at_known);
      if (known) {
        const after = revise(known.revised, sentOf(record), record.updated_at, defaults);
        check(batch, known, after, there);
        lines.met(known.id);
        outcomes.store(index, changed(known.revised, after) ? "updated" : "duplicate");
        if (after !== known.revised) apply(batch, known, after);
        return;
      }
      const fresh = freshSpell(batch, place, record);
      const after = absorb(fresh, undated);
      check(batch, fresh, after, there);
      if (undated) takePlace(batch, fresh, undated, spells);
      spells.push(fresh);
      outcomes.store(index, "accepted");
      apply(batch, fresh, after);
    });
  }
  for (const { id, isNew, stored_id } of spells)
    if (stored_id !== null) lines.moved(stored_id, id);
    else if (isNew) lines.made("installation", id);
  await store(batch, spells);
}

/** The installation that a record is about, with its beginning or without. */
function find(there: readonly Spell[], installed_at: string | undefined): Spell | undefined {
  if (installed_at) return there.find((spell) => spell.installed_at_known && spell.installed_at === installed_at);
  const dated = sortedBy(
    there.filter((spell) => spell.installed_at_known),
    (spell) => spell.installed_at!,
  );
  return dated.find((spell) => end(spell.revised) === null) ?? dated[0] ?? there[0];
}

function freshSpell({ tx }: Batch, place: Place, record: InstallationRecord): Spell {
  const { installed_at = null } = record;
  return {
    // Without a time there is one in a place, for ever: its id is made of the place alone.
    id: mintId(installed_at === null ? 0 : Date.parse(installed_at), String(tx.org_id), "installation", placeOf(place)),
    ...place,
    installed_at,
    installed_at_known: installed_at !== null,
    revised: { fields: wholeOf(sentOf(record), defaults), revised_at: record.updated_at ?? null },
    isNew: true,
    isTouched: false,
    stored_id: null,
  };
}

/** What an installation with a time becomes, when it replaces one without that was sent before. */
function absorb({ revised: after, installed_at }: Spell, undated: Spell | undefined): Revised {
  if (!undated) return after;
  const { fields, revised_at } = undated.revised;
  const both =
    revised_at === null
      ? { ...after, fields: wholeOf(after.fields, fields) }
      : revise(after, fields, revised_at, defaults);
  const ended = end(both);
  return ended !== null && ended < installed_at!
    ? { ...both, fields: { ...both.fields, uninstalled_at: after.fields["uninstalled_at"] } }
    : both;
}

/** @throws Rejected CONFLICT beside another open installation; TOO_OLD where the change begins or ends in a sealed day. */
function check(batch: Batch, spell: Spell, after: Revised, there: readonly Spell[]): void {
  const isOpen = (other: Spell) => other !== spell && other.installed_at_known && end(other.revised) === null;
  if (end(after) === null && there.some(isOpen)) {
    throw new Rejected(
      "CONFLICT",
      "another spell of this installation is still open: send its uninstalled_at first",
      "installed_at",
    );
  }
  const before = spell.isNew ? spell.installed_at : end(spell.revised);
  for (const at of before === end(after) && !spell.isNew ? [] : [before, end(after)]) {
    if (at && isSealed(batch, at))
      throw new Rejected("TOO_OLD", `the change at ${at} lies in days whose figures are final`, "installed_at");
  }
}

function apply(batch: Batch, spell: Spell, after: Revised): void {
  const { dirty, now } = batch;
  const [was, is] = [spell.isNew ? spell.installed_at : end(spell.revised), end(after)];
  spell.revised = after;
  spell.isTouched = true;
  if (spell.installed_at_known) {
    if (spell.isNew || was !== is) markBetween(batch, was, is);
    return;
  }
  if (spell.installed_at) markBetween(batch, was, is);
  // It ended before its supposed beginning; something earlier may be found.
  if (is !== null && spell.installed_at !== null && is < spell.installed_at) {
    markBetween(batch, spell.installed_at, was);
    spell.installed_at = null;
  }
  // A mark of the day makes the rollup look for beginnings of installations without one.
  dirty.mark(null, now);
}

/** Stores an installation with a time in place of the one without. */
function takePlace(batch: Batch, dated: Spell, undated: Spell, spells: Spell[]): void {
  if (undated.installed_at) markBetween(batch, undated.installed_at, end(undated.revised));
  spells.splice(spells.indexOf(undated), 1);
  if (!undated.isNew) dated.stored_id = undated.id;
}

async function store({ tx }: Batch, spells: readonly Spell[]): Promise<void> {
  const rows = (keep: (spell: Spell) => boolean) =>
    sortedBy(
      spells.filter(keep).map((spell) => ({ ...spell, ...spell.revised.fields, revised_at: spell.revised.revised_at })),
      (row) => row.id,
    );
  const dated = rows((spell) => spell.stored_id !== null);
  if (dated.length > 0) {
    await tx.query({
      name: "date_installations",
      text: `update twin_installations i
        set id = s.id, installed_at = s.installed_at, uninstalled_at = null, installed_at_known = true
        from unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) s (stored_id, id, installed_at)
        where i.org_id = $1 and i.id = s.stored_id`,
      values: [
        tx.org_id,
        dated.map(({ stored_id }) => stored_id),
        dated.map(({ id }) => id),
        dated.map(({ installed_at }) => installed_at),
      ],
    });
  }
  const isStored = (spell: Spell) => !spell.isNew || spell.stored_id !== null;
  // Ends before beginnings: a place must be free before another installation opens there.
  await updateRows(
    tx,
    "twin_installations",
    { keys: { id: "uuid" }, set: { ...mutable, installed_at: "timestamptz" } },
    rows((spell) => spell.isTouched && isStored(spell)),
  );
  await insertNewRows(
    tx,
    "twin_installations",
    { ...identity, ...beginning, ...mutable },
    rows((spell) => !isStored(spell)),
  );
}

/** The number of open installations changes on every day between two instants; open-ended, up to now. */
function markBetween({ dirty, now }: Batch, a: string | null, b: string | null): void {
  const [from, to] = [a ?? now, b ?? now].sort();
  dirty.markSpan(null, from!, to!);
}

async function loadSpells({ tx, references }: Batch, entries: readonly Entry<InstallationRecord>[]): Promise<Spell[]> {
  const twins = entries.flatMap(({ record }) => {
    const id = references.twins.get(references.idOf("twin", record.twin) ?? record.twin.toLowerCase())?.id;
    return id ? [id] : [];
  });
  const rows = await tx.query<Row>({
    name: "lock_installations",
    text: `select id, twin_id, platform, workspace_id, installed_at, installed_at_known, workspace_name, uninstalled_at, revised_at
      from twin_installations where org_id = $1 and twin_id = any($2::uuid[]) order by id for no key update`,
    values: [tx.org_id, [...new Set(twins)]],
  });
  return rows.map(({ workspace_name, uninstalled_at, revised_at, ...spell }) => ({
    ...spell,
    revised: { fields: { workspace_name, uninstalled_at }, revised_at },
    isNew: false,
    isTouched: false,
    stored_id: null,
  }));
}
