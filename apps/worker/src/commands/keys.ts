import { CreateKeyInput } from "@twin/contracts/access";
import { scopes } from "@twin/contracts/vocabulary";
import { createKey, listKeys, revokeKey } from "@twin/db/access/keys";
import { type Command, exit, type Flag, UsageError } from "./command.ts";
import { commandActor, organizationOf, withDatabase } from "./database.ts";
import { table } from "./output.ts";

const org: Flag = { type: "string", value: "SLUG", help: "the organisation", required: true };

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
    expires: { type: "string", value: "TIME", help: "when it ends, ISO 8601 with offset (default: never)" },
  },
  run(call) {
    const name = call.text("name") ?? "twinctl";
    const input = CreateKeyInput.safeParse({
      name,
      source: call.text("source") ?? name,
      scopes: call
        .given("scope")
        .split(",")
        .map((scope) => scope.trim())
        .filter(Boolean),
      ...(call.text("expires") !== undefined && { expires_at: call.text("expires") }),
    });
    if (!input.success) {
      const issue = input.error.issues[0]!;
      const flag = { scopes: "scope", expires_at: "expires" }[String(issue.path[0])] ?? String(issue.path[0]);
      const hint = flag === "scope" ? `must name some of ${scopes.join(", ")}` : issue.message;
      throw new UsageError(`--${flag} ${hint}`);
    }
    return withDatabase(async (db) => {
      const { org_id: id } = await organizationOf(db, call.given("org"));
      const made = await createKey(db, commandActor(id, "keys create"), input.data, new Date());
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
        return key.expires_at && Date.parse(key.expires_at) <= Date.now() ? "expired" : "valid";
      };
      call.out.result(
        { keys },
        table([
          ["ID", "NAME", "SOURCE", "SCOPES", "STATE", "LAST USED"],
          ...keys.map((key) => [
            key.id,
            key.name,
            key.source,
            key.scopes.join(","),
            state(key),
            key.last_used_at ?? "never",
          ]),
        ]),
      );
      return exit.ok;
    }),
};

/** `keys revoke ID`. */
export const keysRevoke: Command = {
  name: "keys revoke",
  summary: "End an API key at once",
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
