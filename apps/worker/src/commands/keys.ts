import { CreateKeyInput, RotateKeyInput } from "@twin/contracts/keys";
import { type KeyOverlapHours, scopes } from "@twin/contracts/vocabulary";
import { createKey, listKeys, revokeKey } from "@twin/db/access/keys";
import { rotateKey } from "@twin/db/access/rotate-key";
import type { z } from "zod";
import { type Command, exit, type Flag, UsageError } from "./command.ts";
import { commandActor, organizationOf, withDatabase } from "./database.ts";
import { table } from "./output.ts";

const org: Flag = { type: "string", value: "SLUG", help: "the organisation", required: true };
const expires: Flag = { type: "string", value: "TIME", help: "when it ends, ISO 8601 with offset (default: never)" };

/** Words of `--overlap`, with their hours. */
const overlaps: Record<string, KeyOverlapHours> = { "0": 0, "1h": 1, "24h": 24, "7d": 168 };

/** @throws UsageError that names the flag of the first wrong field */
function checked<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const flag = { scopes: "scope", expires_at: "expires" }[String(issue.path[0])] ?? String(issue.path[0]);
  const hint = flag === "scope" ? `must name some of ${scopes.join(", ")}` : issue.message;
  throw new UsageError(`--${flag} ${hint}`);
}

/** `keys create`. */
export const keysCreate: Command = {
  name: "keys create",
  summary: "Make an API key; it is shown once",
  flags: {
    org,
    scope: {
      type: "string",
      value: "LIST",
      help: `what it may do, separated by commas: ${scopes.join(", ")}`,
      required: true,
    },
    source: { type: "string", value: "NAME", help: "the world whose external ids it sends (default: its name)" },
    name: { type: "string", value: "NAME", help: "what it is for (default: twinctl)" },
    expires,
  },
  run(call) {
    const name = call.text("name") ?? "twinctl";
    const input = checked(CreateKeyInput, {
      name,
      source: call.text("source") ?? name,
      scopes: call
        .given("scope")
        .split(",")
        .map((scope) => scope.trim())
        .filter(Boolean),
      ...(call.text("expires") !== undefined && { expires_at: call.text("expires") }),
    });
    return withDatabase(async (db) => {
      const { org_id: id } = await organizationOf(db, call.given("org"));
      const made = await createKey(db, commandActor(id, "keys create"), input, new Date());
      call.out.result(made, [
        made.key,
        `Keep it now: it is not shown again. It may ${made.scopes.join(", ")}; its source is ${made.source}.`,
      ]);
      return exit.ok;
    });
  },
};

/** `keys ls`. */
export const keysLs: Command = {
  name: "keys ls",
  summary: "List the API keys of an organisation",
  flags: { org },
  run: (call) =>
    withDatabase(async (db) => {
      const { org_id: id } = await organizationOf(db, call.given("org"));
      const { keys } = await listKeys(db, commandActor(id, "keys ls"));
      const state = (key: (typeof keys)[number]) => {
        if (key.revoked_at) return "revoked";
        if (key.expires_at && Date.parse(key.expires_at) <= Date.now()) return "expired";
        return key.replaced_by ? `replaced by ${key.replaced_by}` : "valid";
      };
      call.out.result(
        { keys },
        table([
          ["ID", "NAME", "SOURCE", "SCOPES", "STATE", "ENDS", "LAST USED", "MADE BY"],
          ...keys.map((key) => [
            key.id,
            key.name,
            key.source,
            key.scopes.join(","),
            state(key),
            key.expires_at ?? "never",
            key.last_used_at ?? "never",
            key.created_by ?? "twinctl",
          ]),
        ]),
      );
      return exit.ok;
    }),
};

/** `keys rotate ID`. */
export const keysRotate: Command = {
  name: "keys rotate",
  summary: "Make the key that takes the place of another; both work for a while",
  words: ["ID"],
  flags: {
    org,
    overlap: {
      type: "string",
      value: "TIME",
      help: `how long the old one works on: ${Object.keys(overlaps).join(", ")} (default: 24h)`,
    },
    expires: { ...expires, help: "when the new one ends (default: in a year, or never where the old one never does)" },
  },
  run(call) {
    const overlap = call.text("overlap") ?? "24h";
    const overlap_hours = Object.hasOwn(overlaps, overlap) ? overlaps[overlap] : undefined;
    if (overlap_hours === undefined) throw new UsageError(`--overlap must be ${Object.keys(overlaps).join(", ")}`);
    const end = call.text("expires");
    const input = checked(RotateKeyInput, {
      id: call.words[0],
      overlap_hours,
      ...(end !== undefined && { expires_at: end }),
    });
    return withDatabase(async (db) => {
      const { org_id: id } = await organizationOf(db, call.given("org"));
      const made = await rotateKey(db, commandActor(id, "keys rotate"), input, new Date());
      const { replaced } = made;
      call.out.result(made, [
        made.key,
        `Keep it now: it is not shown again. It is ${made.id}, and ends ${made.expires_at ?? "never"}.`,
        replaced.revoked_at
          ? `${replaced.id} doesn't work any more.`
          : `${replaced.id} works on until ${replaced.expires_at!}.`,
      ]);
      return exit.ok;
    });
  },
};

/** `keys revoke ID`. */
export const keysRevoke: Command = {
  name: "keys revoke",
  summary: "End an API key at once, and those that it replaces",
  words: ["ID"],
  flags: { org },
  run: (call) =>
    withDatabase(async (db) => {
      const { org_id: id } = await organizationOf(db, call.given("org"));
      const key = await revokeKey(db, commandActor(id, "keys revoke"), { id: call.words[0]! });
      call.out.result(key, [`${key.name} (${key.id}) is revoked.`]);
      return exit.ok;
    }),
};
