import { archivedTables } from "./shape.ts";

/** One part of an archived month: the first day of the month, and a number that counts up. */
export type PartId = { month: string; seq: number };

const folderOf = (org_id: number, { month }: PartId): string => `${org_id}/${month.slice(0, 7)}`;

/** `<organisation>/<YYYY-MM>/<table>-<seq>.parquet`: a month of a table is one pattern, whatever its parts. */
export const tablePath = (org_id: number, part: PartId, table: string): string =>
  `${folderOf(org_id, part)}/${table}-${part.seq}.parquet`;

/** Where the manifest of a part lies in the archive. */
export const manifestPath = (org_id: number, part: PartId): string =>
  `${folderOf(org_id, part)}/manifest-${part.seq}.json`;

/** Every file that a part may have. */
export const pathsOf = (org_id: number, part: PartId): string[] => [
  manifestPath(org_id, part),
  ...archivedTables.map(({ name }) => tablePath(org_id, part, name)),
];

/** Whether a path is that of a file of the organisation's archives. */
export const isPathOf =
  (org_id: number) =>
  (path: string): boolean =>
    path.startsWith(`${org_id}/`) && /^\d+\/\d{4}-\d\d\/[a-z_]+-\d+\.(parquet|json)$/.test(path);
