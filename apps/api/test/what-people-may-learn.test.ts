import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { cases, procedures } from "./cases.ts";
import { titleWords } from "./tenants.ts";
import { type Caller, makeTenant, type Tenant, useApi } from "./world.ts";

const api = useApi();
let tenant: Tenant;
let viewer: Caller;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
  viewer = tenant.members.viewer;
});

const address = () => `${tenant.canary}@${tenant.canary}.example`;
const reads = procedures.filter(([name, { type }]) => type === "query" && !name.startsWith("access."));
/** Everything that a caller reads without naming anybody. */
async function readAll(caller: Caller): Promise<string> {
  const texts: string[] = [];
  for (const [name] of reads) {
    const {
      user: _user,
      twin: _twin,
      search: _search,
      ...input
    } = cases[name]!.input(tenant) as Record<string, unknown>;
    delete input["reason"];
    texts.push((await api.call(caller, name, input)).text);
  }
  for (const id of tenant.ids.activities) texts.push((await api.fetch(caller, `/api/activities/${id}`)).text);
  texts.push((await api.fetch(caller, "/api/activities")).text);
  return texts.join("\n");
}

test("whoever may not see addresses gets the same answer for an address that is known and one that isn't", async () => {
  const callers = [viewer, await tenant.key(["activities.read", "metrics.read"])];
  const filtered = reads.filter(([, { input }]) => input instanceof z.ZodObject && "user" in input.shape);
  expect(filtered.length).toBeGreaterThan(12);
  for (const caller of callers) {
    for (const [name] of filtered) {
      for (const field of ["user", "user_not"]) {
        const ask = async (value: string) => {
          const { user: _user, ...input } = cases[name]!.input(tenant) as Record<string, unknown>;
          const { status, problem } = await api.call(caller, name, { ...input, [field]: value });
          return { status, code: problem?.code, detail: problem?.detail };
        };
        const [known, unknown, inCapitals] = [
          await ask(address()),
          await ask(`nobody@${tenant.canary}.example`),
          await ask(` ${address().toUpperCase()}`),
        ];
        expect(known, name).toMatchObject({ status: 403, code: "FORBIDDEN" });
        expect(unknown, name).toEqual(known);
        expect(inCapitals, name).toEqual(known);
      }
    }
    const byPath = async (value: string) => (await api.fetch(caller, `/api/activities?user=${value}`)).body;
    expect(await byPath(address())).toMatchObject({ status: 403, errors: [{ path: "user" }] });
    expect((await byPath(`nobody@${tenant.canary}.example`)).detail).toBe((await byPath(address())).detail);
    expect((await api.fetch(caller, `/api/activities?user=${tenant.ids.user}`)).status).toBe(200);
  }
  expect((await api.fetch(tenant.members.analyst, `/api/activities?user=${address()}`)).body.total).toBe(4);
});

test("titles, topics, descriptions, purposes, sources and metadata are seen with titles.read alone", async () => {
  const words = titleWords.map((word) => `${tenant.canary} ${word}`);
  const seen = await readAll(tenant.members.analyst);
  for (const word of words) expect(seen).toContain(word);
  const withScope = await readAll(await tenant.key(["activities.read", "metrics.read", "titles.read"]));
  for (const word of words) expect(withScope).toContain(word);
  for (const caller of [viewer, await tenant.key(["activities.read", "metrics.read", "people.read"])]) {
    const text = await readAll(caller);
    for (const word of words) expect(text).not.toContain(word);
    // Names of twins and people, kinds, counts and times are.
    expect(text).toContain(`${tenant.canary} twin`);
    expect(text).toContain(`${tenant.canary} person`);
    const [query] = (await api.fetch(caller, "/api/activities?type=query")).body.items;
    expect(query).toMatchObject({ title: null, action_description: null, titles_masked: true, activity_type: "query" });
    const detail = (await api.fetch(caller, `/api/activities/${query.id}`)).body;
    expect(detail).toMatchObject({ metadata: null, metadata_fields: 1, query: { sources: null, sources_count: 1 } });
  }
});

test("an organisation may let its viewers read titles", async () => {
  const before = await api.fetch(viewer, "/api/activities");
  expect(before.body.items[0].titles_masked).toBe(true);
  const set = (viewer_titles: boolean) =>
    api.call(tenant.members.owner, "organization.setViewerTitles", { viewer_titles }, "mutation");
  expect((await set(true)).value).toEqual({ viewer_titles: true });
  expect((await api.fetch(viewer, "/api/activities")).text).toContain(`${tenant.canary} title`);
  expect((await api.call(viewer, "access.viewer", {})).value.permissions).toContain("titles.read");
  const { rows } = await api.database.pool.query(
    "select details from audit_log where action = 'organization.set_viewer_titles'",
  );
  expect(rows).toEqual([{ details: { viewer_titles: true } }]);
  await set(false);
  expect((await api.fetch(viewer, "/api/activities")).body.items[0].titles_masked).toBe(true);
});

test("a key that reads figures alone learns nobody's name, department or address", async () => {
  const key = await tenant.key(["metrics.read"]);
  const text = await readAll(key);
  for (const word of [`${tenant.canary} person`, `${tenant.canary} department`, address()])
    expect(text).not.toContain(word);
  const { value } = await api.call(key, "twins.list", {});
  expect(value.twins[0].owner).toEqual({ id: tenant.ids.user, name: null, department: null });
  expect((await api.call(key, "twins.list", { search: `${tenant.canary} person` })).value.twins).toEqual([]);
  const sorted = await api.call(key, "twins.list", { sort: "owner" });
  expect(sorted.problem).toMatchObject({ code: "FORBIDDEN", errors: [{ path: "sort" }] });
});
