import type { RecordOf } from "@twin/contracts/ingest";
import { mintId } from "../uuid-time.ts";
import { type Batch, checkEnd, checkEventTime, checkNotAhead, isSealed } from "./batch.ts";
import { Rejected } from "./outcome.ts";
import type { Entry } from "./parse.ts";
import { changed, type Fields, type Revised, revise, wholeOf } from "./revision.ts";
import { type Columns, insertNewRows, sortedBy, updateRows } from "./rows.ts";

type InstallationRecord = RecordOf<"installation">;
type Spell = {
  id: string;
  twin_id: string;
  platform: string;
  workspace_id: string | null;
  installed_at: string;
  revised: Revised;
  isNew: boolean;
  isTouched: boolean;
};
type Row = Omit<Spell, "revised" | "isNew" | "isTouched"> & {
  workspace_name: string | null;
  uninstalled_at: string | null;
  revised_at: string | null;
};

const mutable: Columns = { workspace_name: "text", uninstalled_at: "timestamptz", revised_at: "timestamptz" };
const defaults: Fields = { workspace_name: null, uninstalled_at: null };

const endOf = (spell: Spell) => (spell.revised.fields["uninstalled_at"] ?? null) as string | null;
const placeOf = (spell: { twin_id: string; platform: string; workspace_id: string | null }) =>
  JSON.stringify([spell.twin_id, spell.platform, spell.workspace_id]);

/** Stores install spells: one a (twin, platform, workspace, installed_at), at most one of a place open. */
export async function writeInstallations(batch: Batch, entries: readonly Entry<InstallationRecord>[]): Promise<void> {
  if (entries.length === 0) return;
  const { tx, references, outcomes } = batch;
  await references.loadTwins(entries.map(({ record }) => record.twin));
  const spells = await loadSpells(batch, entries);

  for (const { index, record } of entries) {
    outcomes.attempt(index, () => {
      checkNotAhead(batch, "installed_at", record.installed_at);
      if (record.installed_at < batch.tenant.history_from) checkEventTime(batch, "installed_at", record.installed_at);
      checkEnd(batch, "uninstalled_at", record.installed_at, record.uninstalled_at);
      const place = {
        twin_id: references.twin(record.twin).id,
        platform: record.platform,
        workspace_id: record.workspace_id ?? null,
      };
      const known = spells.find(
        (spell) => placeOf(spell) === placeOf(place) && spell.installed_at === record.installed_at,
      );
      const sent = { workspace_name: record.workspace_name, uninstalled_at: record.uninstalled_at };
      const after = known
        ? revise(known.revised, sent, record.updated_at, defaults)
        : { fields: wholeOf(sent, defaults), revised_at: record.updated_at ?? null };
      const end = (after.fields["uninstalled_at"] ?? null) as string | null;
      if (
        end === null &&
        spells.some((spell) => spell !== known && placeOf(spell) === placeOf(place) && endOf(spell) === null)
      ) {
        throw new Rejected(
          "CONFLICT",
          "another spell of this installation is still open: send its uninstalled_at first",
          "installed_at",
        );
      }
      const before = known ? endOf(known) : record.installed_at;
      for (const at of known ? (before === end ? [] : [before, end]) : [record.installed_at, end]) {
        if (at && isSealed(batch, at))
          throw new Rejected("TOO_OLD", `the change at ${at} lies in days whose figures are final`, "installed_at");
      }
      if (known) {
        outcomes.store(index, changed(known.revised, after) ? "updated" : "duplicate");
        if (after === known.revised) return;
        if (before !== end) markBetween(batch, before, end);
        known.revised = after;
        known.isTouched = true;
        return;
      }
      const id = mintId(Date.parse(record.installed_at), String(tx.org_id), "installation", placeOf(place));
      spells.push({ id, ...place, installed_at: record.installed_at, revised: after, isNew: true, isTouched: false });
      markBetween(batch, record.installed_at, end);
      outcomes.store(index, "accepted");
    });
  }

  const rows = (keep: (spell: Spell) => boolean) =>
    sortedBy(
      spells.filter(keep).map((spell) => ({ ...spell, ...spell.revised.fields, revised_at: spell.revised.revised_at })),
      (row) => row.id,
    );
  const identity: Columns = {
    id: "uuid",
    twin_id: "uuid",
    platform: "text",
    workspace_id: "text",
    installed_at: "timestamptz",
  };
  // Ends before beginnings: the place must be free before another spell opens there.
  await updateRows(
    tx,
    "twin_installations",
    { keys: { id: "uuid" }, set: mutable },
    rows((spell) => spell.isTouched && !spell.isNew),
  );
  await insertNewRows(
    tx,
    "twin_installations",
    { ...identity, ...mutable },
    rows((spell) => spell.isNew),
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
    text: `select id, twin_id, platform, workspace_id, installed_at, workspace_name, uninstalled_at, revised_at
      from twin_installations where org_id = $1 and twin_id = any($2::uuid[]) order by id for no key update`,
    values: [tx.org_id, [...new Set(twins)]],
  });
  return rows.map(({ workspace_name, uninstalled_at, revised_at, ...spell }) => ({
    ...spell,
    revised: { fields: { workspace_name, uninstalled_at }, revised_at },
    isNew: false,
    isTouched: false,
  }));
}
