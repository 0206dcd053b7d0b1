import { expect, test } from "vitest";
import { IngestInput, IngestRecord } from "./ingest.ts";
import { permissions, permissionsOf, type RecordType, recordTypes, roles } from "./vocabulary.ts";

/** Records that have what they must have, and nothing else. */
const least: Record<RecordType, Record<string, unknown>> = {
  user: { type: "user", email: "a@b.example", full_name: "A" },
  twin: { type: "twin", external_id: "t", name: "T" },
  installation: { type: "installation", twin: "t", platform: "slack" },
  session: { type: "session", external_id: "s", user: "u", platform: "web", started_at: "2026-11-22T10:00:00Z" },
  activity: {
    type: "activity",
    external_id: "a",
    user: "u",
    twin: "t",
    activity_type: "query",
    platform: "web",
    started_at: "2026-11-22T10:00:00Z",
  },
  message: {
    type: "message",
    conversation: "a",
    external_id: "m",
    sender_type: "twin",
    created_at: "2026-11-22T10:00:00Z",
  },
  feature: { type: "feature", user: "u", feature_name: "handoff", used_at: "2026-11-22T10:00:00Z" },
};
const isRight = (record: unknown) => IngestRecord.safeParse(record).success;
const fieldsOf = (record: unknown) =>
  (IngestRecord.safeParse(record).error?.issues ?? []).map(({ path }) => path.join("."));

test("each record needs what its table needs, and nothing more", () => {
  for (const type of recordTypes) {
    expect(fieldsOf(least[type]), type).toEqual([]);
    for (const field of Object.keys(least[type])) {
      const { [field]: _, ...without } = least[type];
      expect(isRight(without), `${type} without ${field}`).toBe(false);
      if (field !== "type") expect(fieldsOf(without), type).toEqual([field]);
    }
  }
});

test("texts are as long as their columns, and hold what can be stored", () => {
  const longest: [RecordType, string, number][] = [
    ["user", "full_name", 255],
    ["user", "company", 255],
    ["user", "department", 100],
    ["user", "timezone", 50],
    ["twin", "external_id", 512],
    ["twin", "description", 10_000],
    ["installation", "workspace_id", 255],
    ["session", "device_type", 50],
    ["session", "user_agent", 2_000],
    ["activity", "action_description", 10_000],
    ["message", "content", 4_000_000],
  ];
  for (const [type, field, most] of longest) {
    expect(fieldsOf({ ...least[type], [field]: "x".repeat(most) }), `${type}.${field}`).toEqual([]);
    expect(fieldsOf({ ...least[type], [field]: "x".repeat(most + 1) }), `${type}.${field}`).toEqual([field]);
    for (const bad of ["a\u0000", "\ud800"]) expect(fieldsOf({ ...least[type], [field]: bad })).toEqual([field]);
  }
  for (const name of ["", "  "]) expect(fieldsOf({ ...least.user, full_name: name })).toEqual(["full_name"]);
});

test("kinds are open sets of small letters, digits, _ and -", () => {
  for (const platform of ["slack", "my-own_2", "x".repeat(50)])
    expect(fieldsOf({ ...least.activity, platform }), platform).toEqual([]);
  for (const platform of ["Slack", "", "a b", "é", "x".repeat(51), "a\n"])
    expect(fieldsOf({ ...least.activity, platform }).length, platform).toBeGreaterThan(0);
});

test("numbers are whole, in their bounds", () => {
  const bounds: [RecordType, string, number, number][] = [
    ["twin", "document_count", 0, 2_147_483_647],
    ["session", "interaction_count", 0, 2_147_483_647],
    ["message", "token_count", 0, 1_000_000],
    ["message", "seq", 0, 2_147_483_647],
    ["feature", "count", 1, 10_000],
  ];
  for (const [type, field, low, high] of bounds) {
    for (const value of [low, high]) expect(fieldsOf({ ...least[type], [field]: value }), field).toEqual([]);
    for (const value of [low - 1, high + 1, 1.5, "1", Number.NaN])
      expect(fieldsOf({ ...least[type], [field]: value }), `${field} ${value}`).toEqual([field]);
  }
});

test("addresses are those of mail and of machines", () => {
  for (const email of ["a@b", " a@b.example "]) expect(fieldsOf({ ...least.user, email }), email).toEqual([]);
  for (const email of ["a", "@b", "a@", "a b@c", "a@b@c"])
    expect(fieldsOf({ ...least.user, email }), email).toEqual(["email"]);
  for (const ip_address of ["192.0.2.1", "2001:db8::1", null])
    expect(fieldsOf({ ...least.session, ip_address })).toEqual([]);
  for (const ip_address of ["999.1.1.1", "localhost", "192.0.2.1/24"])
    expect(fieldsOf({ ...least.session, ip_address })).toEqual(["ip_address"]);
});

test("metadata is JSON of at most 100 levels and 10,000 values, whose every text can be stored", () => {
  const holds = (metadata: unknown) => isRight({ ...least.activity, metadata });
  const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
  expect([holds(deep(100)), holds(deep(101))]).toEqual([true, false]);
  const wide = (count: number) => ({ list: Array.from({ length: count }, () => 0) });
  expect([holds(wide(9_998)), holds(wide(9_999))]).toEqual([true, false]);
  for (const bad of [{ "a\u0000": 1 }, { a: ["\ud800"] }, [1], "text"]) expect(holds(bad)).toBe(false);
});

test("a batch holds 5,000 records, and a list isn't one", () => {
  expect(IngestInput.safeParse({ records: Array.from({ length: 5_000 }) }).success).toBe(true);
  expect(IngestInput.safeParse({ records: Array.from({ length: 5_001 }) }).error?.issues[0]!.message).toBe(
    "a batch holds up to 5000 records: send several",
  );
  expect(IngestInput.safeParse([]).error?.issues[0]!.message).toContain("this is a list");
  expect(IngestInput.safeParse({}).error?.issues[0]).toMatchObject({ path: ["records"] });
});

test("each role may what is written here, and named grants add what they say", () => {
  expect(permissionsOf("owner")).toEqual(permissions);
  expect(permissions.filter((one) => !permissionsOf("admin").includes(one))).toEqual([
    "people.overrule",
    "organization.own",
  ]);
  const [reads, operates] = [
    ["metrics.read", "activities.read"],
    ["jobs.read", "jobs.write", "lifecycle.read", "lifecycle.write"],
  ];
  expect(permissionsOf("analyst")).toEqual([
    ...reads,
    "people.read",
    "titles.read",
    "export.csv",
    "annotations.write",
    "jobs.read",
  ]);
  expect(permissionsOf("viewer")).toEqual(reads);
  expect(permissionsOf("ops")).toEqual(operates);
  expect(permissionsOf("viewer", { viewer_titles: true })).toEqual([...reads, "titles.read"]);
  expect(permissionsOf("viewer", { content_read: true })).toEqual([...reads, "content.read"]);
  expect(permissionsOf("viewer", { titles_read: true })).toEqual([...reads, "titles.read"]);
  // Whoever operates never reads what people wrote.
  const everything = { viewer_titles: true, content_read: true, titles_read: true };
  expect(permissionsOf("ops", everything)).toEqual(operates);
  for (const role of roles) {
    const all = permissionsOf(role, everything);
    expect(new Set(all).size, role).toBe(all.length);
  }
});
