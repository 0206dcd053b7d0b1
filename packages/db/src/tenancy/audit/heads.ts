import { open, readFile } from "node:fs/promises";
import { z } from "zod";

/** The head of an organisation's audit chain as it was at some time, kept outside of the database. */
export const Head = z.object({
  version: z.literal(1),
  org_id: z.int().positive(),
  /** Seconds since 1970, to the microsecond: tells an organisation from a later one with the same number. */
  org_created_at: z.string(),
  upto_id: z.int(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Head = z.output<typeof Head>;

export type Heads = {
  /** Adds a head, unless it is the newest of its organisation already; it is on the disk when the promise resolves. */
  append(head: Head): Promise<void>;
  read(): Promise<Head[]>;
};

/** Heads in a file of one JSON document a line; a line that was cut off is left out. */
export function openHeads(file: string): Heads {
  const read = async () => {
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    return text.split("\n").flatMap((line): Head[] => {
      if (!line.endsWith("}")) return [];
      const { data } = Head.safeParse(JSON.parse(line));
      return data ? [data] : [];
    });
  };
  return {
    read,
    async append(head) {
      const newest = (await read()).findLast(
        ({ org_id, org_created_at }) => org_id === head.org_id && org_created_at === head.org_created_at,
      );
      if (newest?.hash === head.hash) return;
      const handle = await open(file, "a", 0o600);
      try {
        // A line break before it ends one that was cut off.
        await handle.write(`\n${JSON.stringify(head)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}
