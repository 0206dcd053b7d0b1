import { storeExport } from "@twin/db/privacy/exports/store";
import { beforeAll, expect, test } from "vitest";
import { type Caller, makeTenant, nobody, origin, sessionOf, type Tenant, useApi } from "./world.ts";
import { systemOf } from "@twin/db/test/actors";

const api = useApi();
let acme: Tenant;
let globex: Tenant;
beforeAll(async () => {
  acme = await makeTenant(api, "acme");
  globex = await makeTenant(api, "globex");
});

/** Two chunks, and a bit of a third one. */
const content = Buffer.alloc(600_000, "zipped ");

/** Asks for the copy of a tenant's person, as somebody, through the API. @returns its id */
async function ask(caller: Caller): Promise<string> {
  const { value, problem } = await api.call(caller, "users.requestExport", { user_id: acme.ids.user }, "mutation");
  expect(problem).toBeUndefined();
  return value.id;
}
async function* zip() {
  for (let from = 0; from < content.length; from += 50_000) yield content.subarray(from, from + 50_000);
}
/** What the worker does. */
const store = (id: string) =>
  storeExport(api.db, systemOf(acme.org_id), id, zip(), {
    now: () => new Date(),
    signal: AbortSignal.timeout(60_000),
    reached() {},
  });
const fetching = async (caller: Caller, id: string) => {
  const headers = { origin, ...caller.headers };
  const response = await api.app.request(`${origin}/api/exports/${id}`, { method: "POST", headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes };
};
const said = ({ bytes }: { bytes: Buffer }) => JSON.parse(String(bytes)).detail as string;
const stored = async (id: string) =>
  (
    await api.database.pool.query(
      `select status, wrapped is not null as has_key, fetched_at is not null as is_fetched,
         (select count(*)::int from export_chunks c where c.export_id = x.id) as chunks from exports x where id = $1`,
      [id],
    )
  ).rows[0];

test("an export comes as a zip, byte for byte, once; then nothing of it is left to fetch", async () => {
  const { owner } = acme.members;
  const id = await ask(owner);
  const early = await fetching(owner, id);
  expect([early.status, said(early)]).toEqual([409, "the export is still being made"]);
  expect(await store(id)).toBe(content.length);
  const copy = await fetching(owner, id);
  expect(copy.status).toBe(200);
  expect(Object.fromEntries(copy.headers)).toMatchObject({
    "content-type": "application/zip",
    "content-length": String(content.length),
    "content-disposition": `attachment; filename="export-${id.slice(0, 8)}.zip"`,
    "cache-control": expect.stringContaining("no-store"),
  });
  expect(copy.bytes.equals(content)).toBe(true);
  expect(await stored(id)).toEqual({ status: "fetched", has_key: false, is_fetched: true, chunks: 0 });
  const again = await fetching(owner, id);
  expect([again.status, said(again)]).toEqual([409, "the export was fetched, which works once: ask for it again"]);
});

test("nobody but who asked for it gets an export, whoever's key or session it is, and it stays theirs", async () => {
  const { owner } = acme.members;
  const id = await ask(owner);
  await store(id);
  const callers: [Caller, number][] = [
    [nobody, 401],
    [{ headers: { cookie: "twin_session=made-up" } }, 401],
    [acme.members.viewer, 403],
    [acme.members.analyst, 403],
    [acme.members.ops, 403],
    [acme.everything, 403],
    // May fetch exports, but didn't ask for this one.
    [acme.members.admin, 404],
    [globex.members.owner, 404],
    [globex.members.admin, 404],
    [globex.everything, 403],
  ];
  for (const [caller, status] of callers)
    expect((await fetching(caller, id)).status, caller.headers["cookie"]).toBe(status);
  expect(await stored(id)).toMatchObject({ status: "ready", has_key: true, is_fetched: false });
  const { rows } = await api.database.pool.query(
    "select from audit_log where action = 'user.fetch_export' and details ->> 'export' = $1",
    [id],
  );
  expect(rows).toEqual([]);
  // The same account in another browser is who asked.
  const elsewhere = await sessionOf(api, acme.accounts.owner, acme.org_id);
  expect((await fetching(elsewhere, id)).bytes.equals(content)).toBe(true);
});

test("of two who asked each gets their own copy", async () => {
  const { owner, admin } = acme.members;
  const [first, second] = [await ask(owner), await ask(admin)];
  expect(second).not.toBe(first);
  for (const id of [first, second]) await store(id);
  expect([await fetching(owner, second), await fetching(admin, first)].map(({ status }) => status)).toEqual([404, 404]);
  expect([await fetching(owner, first), await fetching(admin, second)].map(({ status }) => status)).toEqual([200, 200]);
});

test("what is no export's id, or no export, isn't found", async () => {
  for (const id of ["x", "..%2Factivities", acme.ids.user, "00000000-0000-4000-8000-000000000000"])
    expect((await fetching(acme.members.owner, id)).status, id).toBe(404);
});

test("an export that wasn't fetched in time, or couldn't be made, says so", async () => {
  const { owner } = acme.members;
  const id = await ask(owner);
  await store(id);
  await api.database.pool.query("update exports set expires_at = now() - interval '1 second' where id = $1", [id]);
  const late = await fetching(owner, id);
  expect([late.status, said(late)]).toEqual([409, "the export was not fetched in time: ask for it again"]);
  const next = await ask(owner);
  await api.database.pool.query("update exports set status = 'failed', error = 'no room' where id = $1", [next]);
  const failed = await fetching(owner, next);
  expect([failed.status, said(failed)]).toEqual([409, "the export could not be made: no room. Ask for it again"]);
});
