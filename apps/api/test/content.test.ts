import type { Role } from "@twin/contracts/vocabulary";
import { beforeAll, expect, test } from "vitest";
import { makeTenant, sessionOf, type Tenant, useApi } from "./world.ts";

const api = useApi();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
});
const as = (role: Role) => sessionOf(api, tenant.accounts[role], tenant.org_id);

test("viewers see masked addresses and no text; a reason without the permission reveals nothing", async () => {
  const [id] = tenant.ids.activities;
  const viewer = await api.fetch(await as("viewer"), `/api/activities/${id}?reason=curious`);
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
  const analyst = await api.fetch(await as("analyst"), `/api/activities/${id}?reason=curious`);
  expect(analyst.body).toMatchObject({
    masked: true,
    may_reveal: false,
    user_email: `${tenant.canary}@${tenant.canary}.example`,
  });
  expect((await api.database.pool.query("select from audit_log where action = 'content.read'")).rowCount).toBe(0);
});

test("with content.read and a reason the text is shown and the reading audited; without a reason neither", async () => {
  for (const [index, id] of tenant.ids.activities.entries()) {
    const silent = await api.fetch(await as("owner"), `/api/activities/${id}`);
    expect(silent.body).toMatchObject({ masked: true, may_reveal: true });
    const text = await api.fetch(await as("owner"), `/api/activities/${id}?reason=support%20case`, {
      headers: { "x-request-id": `request-${index}` },
    });
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
    const { rows } = await api.database.pool.query(
      "select actor_kind, object_type, reason, request_id from audit_log where object_id = $1",
      [id],
    );
    expect(rows).toEqual([
      { actor_kind: "member", object_type: "activity", reason: "support case", request_id: `request-${index}` },
    ]);
  }
});
