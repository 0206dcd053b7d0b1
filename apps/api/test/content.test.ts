import type { Role } from "@twin/contracts/vocabulary";
import { beforeAll, expect, test } from "vitest";
import { type Caller, makeTenant, sessionOf, type Tenant, useApi } from "./world.ts";

const api = useApi();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
});
const as = (role: Role) => sessionOf(api, tenant.accounts[role], tenant.org_id);

const readOver = (caller: Caller, id: string, body: unknown = { reason: "support case" }, headers = {}) =>
  api.fetch(caller, `/api/activities/${id}/reading`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
const readings = async () =>
  (
    await api.database.pool.query(
      "select actor_kind, object_type, object_id, reason, request_id from audit_log where action = 'content.read' order by id",
    )
  ).rows;

test("viewers see masked addresses and no text; whoever lacks the permission is shown nothing for a reason", async () => {
  const id = tenant.ids.activities[0]!;
  const viewer = await api.fetch(await as("viewer"), `/api/activities/${id}`);
  expect(viewer.body).toMatchObject({
    masked: true,
    may_reveal: false,
    user_email: `c•••@${tenant.canary}.example`,
    readings: [],
  });
  expect(viewer.text).not.toContain(`${tenant.canary} asks`);
  expect(viewer.body.conversation.messages[0]).toMatchObject({
    content: null,
    has_content: true,
    length: `${tenant.canary} asks`.length,
  });
  const analyst = await api.fetch(await as("analyst"), `/api/activities/${id}`);
  expect(analyst.body).toMatchObject({
    masked: true,
    may_reveal: false,
    user_email: `${tenant.canary}@${tenant.canary}.example`,
  });
  for (const role of ["viewer", "analyst", "ops"] as const)
    expect((await readOver(await as(role), id)).status).toBe(403);
  const key = await tenant.key(["activities.read"]);
  expect((await api.fetch(key, `/api/activities/${id}?reason=curious`)).body).toMatchObject({ masked: true });
  expect((await readOver(key, id)).status).toBe(403);
  expect(await readings()).toEqual([]);
});

test("a link makes nobody read: who is signed in gives their reason by POST, from our own pages alone", async () => {
  const id = tenant.ids.activities[0]!;
  const owner = await as("owner");
  const linked = await api.fetch(owner, `/api/activities/${id}?reason=support%20case`);
  expect(linked).toMatchObject({ status: 400, body: { errors: [{ path: "reason" }] } });
  expect(linked.body.detail).toContain("POST to /api/activities/{id}/reading");
  expect(linked.text).not.toContain(tenant.canary);
  const called = await api.call(owner, "activities.get", { id, reason: "support case" });
  expect(called.problem).toMatchObject({ code: "BAD_REQUEST", errors: [{ path: "reason" }] });
  const byLink = await api.call(owner, "activities.reveal", { id, reason: "support case" });
  expect(byLink.problem).toMatchObject({ status: 405 });
  for (const headers of [{ origin: "https://evil.example" }, { origin: "null" }])
    expect((await readOver(owner, id, undefined, headers)).status).toBe(403);
  expect((await readOver(owner, id, {})).body).toMatchObject({ status: 400, errors: [{ path: "reason" }] });
  expect((await readOver(owner, id, { reason: "x" })).status).toBe(400);
  expect((await readOver(owner, id, undefined, { "content-type": "text/plain" })).status).toBe(415);
  expect(await readings()).toEqual([]);
});

test("a path that is read by a change says so to whoever asks for it by link", async () => {
  const owner = await as("owner");
  for (const path of [`/api/activities/${tenant.ids.user}/reading`, `/api/exports/${tenant.ids.user}`]) {
    for (const method of ["GET", "HEAD", "DELETE"]) {
      const answer = await api.fetch(owner, path, { method });
      expect([answer.status, answer.headers.get("allow")], `${method} ${path}`).toEqual([405, "POST"]);
    }
    expect((await api.fetch(owner, path)).body.detail).toMatch(/^only POST/);
  }
  const fetching = (headers: Record<string, string>) =>
    api.fetch(owner, `/api/exports/${tenant.ids.user}`, { method: "POST", headers });
  expect((await fetching({ origin: "https://evil.example" })).status).toBe(403);
  expect((await fetching({})).status).toBe(404);
  const posted = await api.fetch(owner, "/api/activities", { method: "POST" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("with content.read and a reason the text is shown and the reading audited; without a reason neither", async () => {
  for (const [index, id] of tenant.ids.activities.entries()) {
    const silent = await api.fetch(await as("owner"), `/api/activities/${id}`);
    expect(silent.body).toMatchObject({ masked: true, may_reveal: true });
    const request = { "x-request-id": `request-${index}` };
    const text = await readOver(await as("owner"), id, undefined, request);
    expect(text.body.masked).toBe(false);
    const { conversation, document, query, shared } = text.body;
    expect(
      [
        ...(conversation?.messages.map(({ content }: { content: string }) => content) ?? []),
        document?.content,
        query?.query_text,
        query?.retrieved_info,
        shared?.interaction_summary,
      ].filter(Boolean),
    ).toEqual(
      {
        conversation: [`${tenant.canary} asks`, `${tenant.canary} answers`],
        query: [`${tenant.canary} query`, `${tenant.canary} info`],
        document: [`${tenant.canary} content`],
        shared: [`${tenant.canary} summary`],
      }[text.body.activity_type as "query"],
    );
    expect(text.body.readings).toEqual([
      { at: expect.any(String), by: `${tenant.canary} owner`, reason: "support case" },
    ]);
    const row = { object_type: "activity", object_id: id, reason: "support case", request_id: request["x-request-id"] };
    expect((await readings()).at(-1)).toEqual({ actor_kind: "member", ...row });
    // An API key, which no browser sends by itself, may still ask by GET.
    const keyed = await api.fetch(tenant.everything, `/api/activities/${id}?reason=support%20case`, {
      headers: request,
    });
    expect(keyed.body).toMatchObject({ masked: false });
    expect((await readings()).at(-1)).toEqual({ actor_kind: "service", ...row });
    expect(await readings()).toHaveLength(2 * index + 2);
  }
});

test("who read a text is told to whoever sees people, and to nobody else", async () => {
  const id = tenant.ids.activities[0]!;
  const read = async (caller: Caller) => (await api.fetch(caller, `/api/activities/${id}`)).body.readings;
  expect((await read(await as("analyst"))).length).toBeGreaterThan(0);
  expect(await read(await as("viewer"))).toEqual([]);
  expect(await read(await tenant.key(["activities.read"]))).toEqual([]);
});
