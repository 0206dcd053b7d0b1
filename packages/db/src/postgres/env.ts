import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";

/** Exit code of a process whose configuration is wrong (EX_CONFIG): a supervisor must not start it again. */
export const exitConfig = 78;

/** A TCP port as it stands in an environment variable. */
export const port = z
  .string()
  .regex(/^\d+$/, "must be a number")
  .transform(Number)
  .pipe(z.number().min(1, "must be 1 to 65535").max(65_535, "must be 1 to 65535"))
  .meta({ examples: ["3000"] });

/** A PostgreSQL connection URL. */
export const databaseUrl = z
  .string()
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.hostname !== "" && url.pathname.length > 1;
  }, "must be a PostgreSQL URL with a host and a database")
  .meta({ examples: ["postgres://user:password@127.0.0.1:5432/twin"] });

/** The address that people open: a scheme and a host. */
export const publicUrl = z
  .string()
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" && !url.search && !url.username;
  }, "must be the address that people open, with nothing behind its host")
  .transform((text) => new URL(text))
  .meta({ examples: ["https://twins.example.com"] });

/** Where letters are handed over: `smtp://`, which turns to TLS where the server can, or `smtps://`. */
export const smtpUrl = z
  .url({
    protocol: /^smtps?$/,
    error: "must be the address of a mail server, like smtp://user:password@mail.example.com:587",
  })
  .meta({ examples: ["smtp://user:password@mail.example.com:587"] });

/** `0` or `1`. */
export const flag = z
  .enum(["0", "1"], "must be 0 or 1")
  .transform((text) => text === "1")
  .meta({ examples: ["1"] });

/** The folder of the local stack (database, keys, logs), absolute; relative ones lie under the working directory. */
export const dataDir = z
  .string()
  .transform((path) => resolve(path))
  .refine(couldBeFolder, "must be a folder, or a place where one can be made")
  .meta({ examples: [".data"] });

function couldBeFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? found.isDirectory() : dirname(path) === path || couldBeFolder(dirname(path));
}

const secret = /SECRET|PASSWORD|TOKEN|KEY|URL/;

/** All that is wrong with an environment, one line a variable; the message is meant for a person. */
export class EnvError extends Error {
  override name = "EnvError";
}

/**
 * Parses the environment of a process. An empty variable counts as unset.
 * @throws EnvError naming every wrong variable at once, each with a value that would do
 */
export function parseEnv<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = new Map<string, string>();
  for (const issue of parsed.error.issues) {
    const name = String(issue.path[0] ?? "environment");
    if (lines.has(name)) continue;
    const value = given[name];
    const says = value === undefined ? "is missing" : issue.message;
    const shown = value === undefined || secret.test(name) ? "" : `, not "${value}"`;
    const example = exampleOf(schema.shape[name]);
    lines.set(name, `  ${name} ${says}${shown}${example ? ` (for example ${name}=${example})` : ""}`);
  }
  throw new EnvError(`Wrong configuration:\n${[...lines.values()].join("\n")}`);
}

/** `parseEnv` for a process's main.ts: prints what is wrong to stderr and ends the process with code 78. */
export function readEnv<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>): z.output<z.ZodObject<Shape>> {
  try {
    return parseEnv(schema);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(exitConfig);
  }
}

function exampleOf(schema: unknown): string | null {
  for (let inner = schema; inner instanceof z.ZodType; inner = (inner.def as { innerType?: unknown }).innerType) {
    const example = z.globalRegistry.get(inner)?.examples;
    if (Array.isArray(example) && typeof example[0] === "string") return example[0];
  }
  return null;
}
