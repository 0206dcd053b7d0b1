import { contract } from "@twin/contracts";
import { permissionsOf } from "@twin/contracts/vocabulary";
import { beforeAll, expect, test } from "vitest";
import { fill } from "../bench/load/fill.ts";
import { listUserSessions } from "../src/activities/list-user-sessions.ts";
import { listArchives } from "../src/archives/list.ts";
import { listBackfills } from "../src/figures/backfills/list.ts";
import { planBackfill } from "../src/figures/backfills/plan.ts";
import { readJobsStatus } from "../src/jobs/status.ts";
import { forecastLifecycle } from "../src/lifecycle/forecast.ts";
import { listPolicies } from "../src/lifecycle/list-policies.ts";
import { listHolds } from "../src/lifecycle/manage-holds.ts";
import { planLifecycle } from "../src/lifecycle/plan.ts";
import { listRuns } from "../src/lifecycle/runs.ts";
import { previewPolicy } from "../src/lifecycle/set-policy.ts";
import { readStorage } from "../src/lifecycle/storage.ts";
import { listUserDays } from "../src/people/users/days.ts";
import { getUser } from "../src/people/users/get.ts";
import { listUserMonths } from "../src/people/users/months.ts";
import { readPrivacy } from "../src/privacy/erasures/privacy.ts";
import { listErasures } from "../src/privacy/erasures/receipt.ts";
import { type Actor, inTenant } from "../src/tenancy/actor.ts";
import { listAudit, readAuditState } from "../src/tenancy/audit/list-audit.ts";
import { useDatabase } from "./database.ts";
import { type Access, type Explained, explaining } from "./explaining.ts";
import { type Read, readsOf } from "./figures/reads.ts";
import { useApplication } from "./ingesting.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-06-15T12:00:00Z");
const range = { start_date: "2026-05-10", end_date: "2026-06-14" };
const filters = { unfiltered: {}, department: { department: ["Sales"] }, platform: { platform: ["web"] } };
let owner: Actor;
let user_id: string;
/** Tables, and months of tables, that have many rows. */
let large: Set<string>;

beforeAll(async () => {
  const filling = { activities: 100_000, headcount: 2_500, days: 100, now };
  const { org_id } = (await fill(database.url, application.db, filling))[0]!;
  owner = {
    kind: "member",
    org_id,
    account_id: "00000000-0000-4000-8000-000000000001",
    name: "Olga",
    role: "owner",
    permissions: permissionsOf("owner"),
    request_id: "test",
  };
  const rowsOf = async <T extends object>(text: string, values: unknown[] = []) =>
    (await database.pool.query<T>(text, values)).rows;
  [{ id: user_id }] = (await rowsOf<{ id: string }>(
    "select u.id from users u join user_days d on d.org_id = u.org_id and d.n = u.n where u.org_id = $1 group by u.id having count(*) = 12 limit 1",
    [org_id],
  )) as [{ id: string }];
  large = new Set(
    (
      await rowsOf<{ relname: string }>(
        "select relname from pg_class where relkind in ('r', 'm') and relnamespace = 'public'::regnamespace and reltuples >= 1000",
      )
    ).map(({ relname }) => relname),
  );
}, 120_000);

const read = (name: string, run: (db: Parameters<Read["run"]>[0], actor: Actor) => Promise<unknown>): Read => ({
  name,
  run,
});
/** What pages read beside figures, lists and people under a filter. */
const others: Read[] = [
  read("archives.list", listArchives),
  read("audit.list", (db, actor) => listAudit(db, actor, { limit: 50 })),
  read("audit.state", readAuditState),
  read("backfills.list", listBackfills),
  read("backfills.plan", (db, actor) =>
    planBackfill(db, actor, { what: "metrics", from: range.start_date, to: range.end_date }, now),
  ),
  read("jobs.status", readJobsStatus),
  read("lifecycle.forecast", (db, actor) => forecastLifecycle(db, actor, {}, now)),
  read("lifecycle.holds", listHolds),
  read("lifecycle.plan", (db, actor) => planLifecycle(db, actor, { at: "next_run" }, now)),
  read("lifecycle.policies", (db, actor) => listPolicies(db, actor, {}, now)),
  read("lifecycle.previewPolicy", (db, actor) =>
    previewPolicy(db, actor, { data_type: "messages", keep: { count: 60, unit: "day" } }, now),
  ),
  read("lifecycle.runs", (db, actor) => listRuns(db, actor, { limit: 20 })),
  read("lifecycle.storage", (db, actor) => readStorage(db, actor, {}, now)),
  read("users.days", (db, actor) => listUserDays(db, actor, { user_id, ...range }, now)),
  read("users.erasures", (db, actor) => listErasures(db, actor, now)),
  read("users.get", (db, actor) => getUser(db, actor, { user_id }, now)),
  read("users.months", (db, actor) => listUserMonths(db, actor, { user_id }, now)),
  read("users.privacy", (db, actor) => readPrivacy(db, actor, { user_id }, now)),
  read("users.sessions", (db, actor) => listUserSessions(db, actor, { user_id, limit: 20 }, now)),
];

/** Procedures that read no table which grows with use. */
const small: Record<string, string> = {
  "annotations.list": "what people wrote on days of an organisation",
  "access.state": "accounts and sessions",
  "access.passwordLink": "one link, by its hash",
  "access.viewer": "one account and its organisation",
  "account.read": "one account, its sessions, and its rows of the audit by its id",
  "members.invitation": "one invitation",
  "keys.list": "keys of an organisation",
  "members.list": "members of an organisation",
  "backfills.get": "one backfill, by its number",
  "backfills.diff": "the changes of one backfill, by its number",
  "users.receipt": "one erasure, by its number",
};

/** Tables with a row a person or twin: all of an organisation's may be read. */
const ofPeople = new Set(["users", "twins", "twin_installations", "user_retention"]);

/** Where a plan may read all that a table, or a month of it, has of the organisation. */
const exceptions: { reads: RegExp; table: RegExp; why: string }[] = [
  {
    reads: /^lifecycle\./,
    table: /./,
    why: "all that is stored is counted by day, and of each month the oldest row is found",
  },
  {
    reads: /^features\.firstUse/,
    table: /^day_users$/,
    why: "kinds are found by skipping along the key, an entry each",
  },
  { reads: /^users\.privacy/, table: /^conversations$/, why: "an index of those alone that have a summary" },
  {
    reads: /^twins\.sharing/,
    table: /^shared_twin_interactions$/,
    why: "without values it is walked from the newest on, and left after ten",
  },
  {
    reads: /^twins\.sharing .*\(department\)/,
    table: /^activities$/,
    why: "entries of an index say whose activities they are, for all interactions of the range at once",
  },
  {
    reads: /^receipts\.read .*\(platform\)/,
    table: /^(documents|queries|shared_twin_interactions)$/,
    why: "rows of a month are joined with their activities along the keys of both",
  },
];

const nameOf = (table: string) => table.replace(/_\d{4}_\d{2}$/, "");
/** Row-level security alone leads to the organisation: a statement has to say more of what it looks for. */
const isLedTo = ({ table, condition }: Access) =>
  /\borg_id = /.test(condition) &&
  (ofPeople.has(table) || condition.split(" AND ").some((part) => !/\borg_id\b/.test(part)));

/** The accesses of a plan to large tables that read all of the organisation's rows, or of everyone's. */
const offences = ({ text, plan, accesses }: Explained, name: string): string[] =>
  accesses
    .filter((access) => large.has(access.table) && !isLedTo(access))
    .filter(({ table }) => !exceptions.some((one) => one.reads.test(name) && one.table.test(nameOf(table))))
    .map(
      ({ table, node, index, condition }) =>
        `${name}: ${node} of ${nameOf(table)} by ${nameOf(index ?? "nothing")} ${condition} (${plan}): ${text.replaceAll(/\s+/g, " ").slice(0, 200)}`,
    );

const procedures = Object.entries(contract).flatMap(([domain, entries]) =>
  Object.entries(entries as Record<string, { type: string }>)
    .filter(([, { type }]) => type === "query")
    .map(([name]) => `${domain}.${name}`),
);

test("every query of the API is read here, or said to read no table that grows with use", () => {
  const names = [...readsOf({ ...range, day: range.end_date }), ...others].map(({ name }) => name.split(" ")[0]!);
  expect([...new Set([...names, ...Object.keys(small)])].toSorted()).toEqual(procedures.toSorted());
});

test(
  "what pages read of a large organisation is found by indexes that lead to it and to what is asked, planned for values and without",
  { timeout: 120_000 },
  async () => {
    const tables = [
      "activities",
      "messages",
      "sessions",
      "documents",
      "user_days",
      "feature_usage",
      "day_users",
      "users",
    ];
    expect([...large].map(nameOf)).toEqual(expect.arrayContaining(tables));
    const found = new Set<string>();
    const plans = new Set<string>();
    let reading = "";
    const db = explaining(application.db, (one) => {
      plans.add(one.plan);
      for (const offence of offences(one, reading)) found.add(offence);
    });
    for (const [label, asked] of Object.entries(filters)) {
      const all = readsOf({ ...range, day: "2026-06-10" });
      for (const { name, run } of label === "unfiltered" ? [...all, ...others] : all) {
        reading = `${name} (${label})`;
        await run(db, owner, asked, now);
      }
    }
    expect([...plans].toSorted()).toEqual(["custom", "generic"]);
    expect([...found]).toEqual([]);
  },
);

test("a statement that reads all activities of the organisation is found out, and one that reads everyone's", async () => {
  const found: string[] = [];
  const db = explaining(application.db, (one) => found.push(...offences(one, "test")));
  const text = "select count(*) from activities where action_description = $1";
  await inTenant(db, owner, (tx) => tx.query({ text, values: ["x"] }));
  expect(found.join("\n")).toMatch(/Index Scan of activities by \w+ \(org_id = /);
  found.length = 0;
  await inTenant(
    explaining({ ...application.db, pool: database.pool }, (one) => found.push(...offences(one, "test"))),
    owner,
    async (tx) => {
      await tx.query({ text: "reset role" });
      await tx.query({ text, values: ["x"] });
    },
  );
  expect(found.join("\n")).toContain("Seq Scan of activities by nothing");
});
