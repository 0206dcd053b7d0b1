import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { openTexts } from "../../tenancy/encryption/text.ts";
import { figures, type PersonRow, type Seals, sources } from "./sources.ts";

/** One file of an export: rows of one kind, in order, read page by page. */
export type Section = { file: string; about: string; rows(): AsyncGenerator<object> };

/** Rows in memory at once. */
const pageRows = 500;
const nil = "00000000-0000-0000-0000-000000000000";

/** The files of an export of a person; each is read when its turn comes. */
export function sectionsOf(db: Database, actor: Actor, user_id: string): Section[] {
  const read = <R>(run: (tx: Tx) => Promise<R>) => inTenant(db, actor, run);
  return [
    ...sources.map(({ file, about, read: readRows, seals }) => ({
      file,
      about,
      async *rows() {
        for (let after = nil; ;) {
          const page = await read(async (tx) => {
            const rows = await tx.query(readRows({ org_id: tx.org_id, user_id, after, limit: pageRows }));
            return seals ? openRows(db, tx, user_id, rows, seals(tx.org_id)) : rows;
          });
          yield* page;
          if (page.length < pageRows) return;
          after = page.at(-1)!.id;
        }
      },
    })),
    ...figures.map(({ file, about, readSpan, readYear }) => ({
      file,
      about,
      async *rows() {
        const [span] = await read((tx) => tx.query(readSpan({ org_id: tx.org_id, user_id })));
        for (let year = span?.first ?? 1; year <= (span?.last ?? 0); year++) {
          const first_day = `${year}-01-01`;
          const page = await read((tx) => tx.query(readYear({ org_id: tx.org_id, user_id, first_day })));
          for (const { row } of page) yield row;
        }
      },
    })),
  ];
}

async function openRows(
  db: Database,
  tx: Tx,
  user_id: string,
  rows: readonly PersonRow[],
  seals: Seals,
): Promise<PersonRow[]> {
  const places = rows.map(seals);
  const opened = await openTexts(
    db,
    tx,
    places.flatMap((columns) => Object.values(columns).map((place) => ({ ...place, user_id }))),
  );
  let next = 0;
  return rows.map((row, i) => ({
    ...row,
    ...Object.fromEntries(Object.keys(places[i]!).map((column) => [column, opened[next++]])),
  }));
}
