import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";

/** One line of the ledger: whom to erase again where an older copy of the database is restored. It holds no name. */
export const LedgerEntry = z.object({
  version: z.literal(1),
  org_id: z.int().positive(),
  /** Seconds since 1970, to the microsecond: tells an organisation from a later one with the same number. */
  org_created_at: z.string(),
  erasure_id: z.uuid(),
  user_id: z.uuid(),
  reason: z.string(),
  asked_at: z.string(),
  asked_by: z.string(),
  /** Hashes of all names that they were known by, as hex. */
  tombstones: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
});
export type LedgerEntry = z.output<typeof LedgerEntry>;

/** The list of erasures that survives every restore: it lies outside of the database and of its backups. */
export type Ledger = {
  /** Adds an entry, once; it is on the disk when the promise resolves. */
  append(entry: LedgerEntry): Promise<void>;
  read(): Promise<LedgerEntry[]>;
};

/** The ledger in a file of one JSON document a line, made at the first erasure. */
export function openLedger(file: string): Ledger {
  const readText = () =>
    readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
  const read = async () => {
    const lines = (await readText()).split("\n");
    return lines.flatMap((line, index): LedgerEntry[] => {
      if (line === "") return [];
      try {
        return [LedgerEntry.parse(JSON.parse(line))];
      } catch (cause) {
        // The last line may be incomplete: nothing was destroyed before it was complete.
        if (index === lines.length - 1) return [];
        throw new Error(`line ${index + 1} of the erasure ledger ${file} can't be read`, { cause });
      }
    });
  };
  return {
    read,
    async append(entry) {
      if ((await read()).some(({ erasure_id }) => erasure_id === entry.erasure_id)) return;
      const text = await readText();
      const torn = text !== "" && !text.endsWith("\n");
      const handle = await open(file, torn ? "r+" : "a", 0o600);
      try {
        const line = Buffer.from(`${JSON.stringify(entry)}\n`);
        if (torn) {
          const whole = Buffer.byteLength(text.slice(0, text.lastIndexOf("\n") + 1));
          await handle.truncate(whole);
          await handle.write(line, 0, line.length, whole);
        } else await handle.write(line);
        await handle.sync();
      } finally {
        await handle.close();
      }
      // A new file is durable once its folder is synced, too.
      const folder = await open(dirname(file), "r");
      await folder.sync().finally(() => folder.close());
    },
  };
}
