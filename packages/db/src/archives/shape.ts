import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import {
  activities,
  conversations,
  documents,
  featureEvents,
  messages,
  queries,
  sharedTwinInteractions,
} from "../records/tables.ts";

/** How a column lies in a file. `instant`: microseconds since 1970. */
export const columnKinds = ["uuid", "text", "int", "bool", "instant", "bytes"] as const;
export type ColumnKind = (typeof columnKinds)[number];

export type ArchivedColumn = {
  name: string;
  kind: ColumnKind;
  nullable: boolean;
  /**
   * The kind of text that is plain in the database and encrypted in the archive. `layers`: encrypted in the database under
   * one key, and in the archive under the keys of everyone whose words are in it.
   */
  sealed: "text" | "json" | "layers" | null;
  /** Its type in the database where it is read and written as text. */
  cast?: "jsonb" | "uuid[]";
};

export type ArchivedTable = {
  name: string;
  columns: readonly ArchivedColumn[];
  /** Holds the id by which a row is found and purged: its activity's, or a feature event's own. */
  key: string;
  /** Columns that order a file, unique in it. */
  order: readonly string[];
};

/** A value as it stands in a file; `instant` as a bigint. */
export type Value = string | number | bigint | boolean | Buffer | null;
export type TableRow = Record<string, Value>;

const kinds: Record<string, ColumnKind> = {
  uuid: "uuid",
  text: "text",
  integer: "int",
  boolean: "bool",
  bytea: "bytes",
  "timestamp with time zone": "instant",
};

/**
 * Text that is readable in the database and holds words of people: the archive encrypts it under their keys, so that an
 * erasure reaches every archive. JSON always is such text.
 */
const words: Record<string, readonly string[]> = {
  activities: ["action_description"],
  conversations: ["title", "topic"],
  documents: ["title"],
  shared_twin_interactions: ["interaction_purpose"],
};

/** Columns that aren't archived: the organisation is in the path; search vectors and generated columns are made from others. */
const isLeftOut = (name: string, type: string, generated: boolean) =>
  name === "org_id" || type === "tsvector" || generated;

function sealedAs(table: string, column: string, type: string): ArchivedColumn["sealed"] {
  if (type === "jsonb") return "json";
  if (words[table]?.includes(column)) return "text";
  return table === "conversations" && column === "summary" ? "layers" : null;
}

function shapeOf(table: PgTable): ArchivedTable {
  const { name, columns } = getTableConfig(table);
  const key = ["activity_id", "conversation_id", "id"].find((candidate) => columns.some((c) => c.name === candidate))!;
  return {
    name,
    key,
    order: name === "messages" ? [key, "id"] : [key],
    columns: columns.flatMap((column) => {
      const type = column.getSQLType();
      if (isLeftOut(column.name, type, column.generated !== undefined)) return [];
      const sealed = sealedAs(name, column.name, type);
      const cast = type === "jsonb" || type === "uuid[]" ? ({ cast: type } as const) : {};
      const kind = sealed ? "bytes" : type === "uuid[]" ? "text" : kinds[type];
      if (!kind) throw new Error(`no way to archive ${name}.${column.name} of type ${type}`);
      return [{ name: column.name, kind, nullable: !column.notNull, sealed, ...cast }];
    }),
  };
}

/** Activities first: the rows of the others belong to them. */
export const activityTables: readonly ArchivedTable[] = [
  activities,
  conversations,
  messages,
  documents,
  queries,
  sharedTwinInteractions,
].map(shapeOf);

export const featureTable: ArchivedTable = shapeOf(featureEvents);

/** Every table that is archived, in the order in which it is written and restored. */
export const archivedTables: readonly ArchivedTable[] = [...activityTables, featureTable];
