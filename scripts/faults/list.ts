import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** A mistake that somebody could make, and the test that has to notice it. */
const Fault = z.strictObject({
  /** What goes wrong, in one plain sentence. */
  fault: z.string().min(10),
  file: z.string(),
  /** Exact text, which occurs once in the file. */
  find: z.string().min(1),
  replace: z.string(),
  project: z.enum(["unit", "db", "browser"]),
  test: z.string(),
  /** Part of the names of the tests that run; all of the file without it. */
  only: z.string().optional(),
  /** Why nothing can notice it: then it may survive. */
  argued: z.string().optional(),
});

export type Fault = z.output<typeof Fault> & { area: string };

/** All faults, area by area: `<area>.json` in this folder. */
export function readFaults(root: string): Fault[] {
  const folder = join(root, "scripts", "faults");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) =>
      z
        .array(Fault)
        .parse(JSON.parse(readFileSync(join(folder, name), "utf8")))
        .map((fault) => ({ ...fault, area: name.replace(/\.json$/, "") })),
    );
}

/** Why a fault can't be planted any more; null where it can. */
export function whyNot(root: string, { file, find, replace, test }: Fault): string | null {
  if (!existsSync(join(root, test))) return `there is no test ${test}`;
  if (!existsSync(join(root, file))) return `there is no file ${file}`;
  const times = readFileSync(join(root, file), "utf8").split(find).length - 1;
  if (times !== 1) return `its text occurs ${times === 0 ? "no more" : `${times} times`} in ${file}`;
  return find === replace ? "it replaces its text by the same" : null;
}
