import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { IngestRecord } from "@twin/contracts/ingest";
import { rest } from "@twin/contracts/rest";
import { restPath, trpcPath } from "@twin/contracts/wire";
import { connect } from "@twin/db/postgres/connect";
import { z } from "zod";
import { createApp } from "../src/app.ts";
import { createLog } from "../src/log.ts";
import { type Case, cases, procedures } from "../test/cases.ts";
import type { Tenant } from "../test/tenants.ts";
import type { Known, Schema } from "./values.ts";

/** A procedure of the contract, with the REST path that it may also have. */
export type Procedure = {
  name: string;
  type: "query" | "mutation" | "subscription";
  schema: Schema;
  input: Case["input"];
  route?: { method: string; path: string };
};
/** Pages of the dashboard, their parameters in brackets, and what its forms and addresses name. */
export type Dashboard = { pages: string[]; actions: string[]; fields: string[]; queries: string[] };
export type Targets = {
  procedures: Procedure[];
  /** Paths that are neither a procedure's nor the dashboard's, parameters with a colon. */
  plain: { method: string; path: string }[];
  dashboard: Dashboard | null;
};

const ways = new Map(Object.entries(rest).map(([route, name]) => [name as string, route.split(" ")]));

function procedureOf([name, { type, input }]: (typeof procedures)[number]): Procedure {
  const schema = z.toJSONSchema(input, { io: "input", unrepresentable: "any" }) as Schema;
  if (schema.properties?.["records"]) schema.properties["records"].items = recordSchema();
  const [method, path] = ways.get(name) ?? [];
  return {
    name,
    type,
    schema,
    // A procedure without a case is fuzzed by its schema alone; another test asks for the case.
    input: cases[name]?.input ?? (() => ({})),
    ...(method && path && { route: { method, path: `${restPath}${path}` } }),
  };
}

/** Records are checked one by one, so the input's own schema doesn't tell of them. */
function recordSchema(): Schema {
  const options = { io: "input", unrepresentable: "any" } as const;
  const record = z.toJSONSchema(IngestRecord, options) as Schema;
  const kinds = record.oneOf ?? record.anyOf ?? [];
  const message = kinds.find(({ properties }) => properties?.["sender_type"]);
  for (const { properties } of kinds) {
    const messages = properties?.["conversation"]?.properties?.["messages"];
    if (messages && message) messages.items = message;
  }
  return record;
}

/** The paths that the app itself knows, whoever wrote them down. */
function plainPaths(): Targets["plain"] {
  const db = connect("postgres://nobody@127.0.0.1:1/none");
  const { routes } = createApp({ db, log: createLog("silent") });
  const paths = routes
    .filter(({ method, path }) => method !== "ALL" && !path.includes("*"))
    .filter(({ path }) => !path.startsWith(trpcPath))
    .map(({ method, path }) => ({ method, path }));
  // What an operator asks for, too.
  return [...paths, { method: "GET", path: "/metrics" }, { method: "GET", path: "/api/nothing" }];
}

const web = fileURLToPath(new URL("../../web/", import.meta.url));
/** The built dashboard's handler, where it was built. */
export const webHandler = join(web, "build/handler.js");

function dashboard(): Dashboard | null {
  if (!existsSync(webHandler)) return null;
  const text = globSync("src/**/*.{ts,svelte}", { cwd: web })
    .sort()
    .map((file) => readFileSync(join(web, file), "utf8"))
    .join("\n");
  const all = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name!))].sort();
  const pages = globSync("src/routes/**/{+page.server.ts,+page.svelte,+server.ts}", { cwd: web })
    .map((file) => `/${dirname(file).slice("src/routes/".length)}`.replaceAll(/\/\([^)]+\)/g, "") || "/")
    .sort();
  return {
    pages: [...new Set(pages)],
    actions: all(/["'`]\?\/(\w+)["'`]/g),
    fields: all(/<(?:input|select|textarea|button)\b[^>]*?\bname="(\w+)"/g),
    queries: all(/\bget\("(\w+)"\)/g),
  };
}

/** Everything that can be asked of a server, found in the contract, the app and the dashboard. */
export const findTargets = (withDashboard: boolean): Targets => ({
  procedures: procedures.map(procedureOf),
  plain: plainPaths(),
  dashboard: withDashboard ? dashboard() : null,
});

/** What tenants' cases say by name of a field: ids, names, addresses. */
export function knownOf(targets: Targets, tenants: readonly Tenant[]): Known {
  const known = new Map<string, unknown[]>();
  const note = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(note);
    if (typeof value !== "object" || value === null) return;
    for (const [name, one] of Object.entries(value)) {
      if (typeof one === "object" && one !== null) note(one);
      else if (!known.get(name)?.includes(one)) known.set(name, [...(known.get(name) ?? []), one]);
    }
  };
  for (const tenant of tenants) for (const { input } of targets.procedures) note(input(tenant));
  return known;
}
