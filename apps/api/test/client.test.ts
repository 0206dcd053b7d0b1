import { createTRPCClient, httpBatchLink, TRPCClientError } from "@trpc/client";
import type { AppRouter } from "@twin/contracts";
import { beforeAll, expect, test } from "vitest";
import { origin, makeTenant, type Tenant, useApi } from "./world.ts";

// A client that knows the contract and nothing of the server, as the dashboard is one.

const api = useApi();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
});

const clientOf = (headers: Record<string, string>) =>
  createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: `${origin}/trpc`,
        headers: { ...headers, origin },
        fetch: async (url, init) => api.app.request(String(url), init as RequestInit),
      }),
    ],
  });

test("typed calls go out as one batch and come back with plain values", async () => {
  const client = clientOf(tenant.members.analyst.headers);
  api.lines.length = 0;
  const [viewer, page, metrics] = await Promise.all([
    client.access.viewer.query({}),
    client.activities.list.query({ type: ["query", "document"], limit: 1 }),
    client.metrics.daily.query({}),
  ]);
  expect(viewer.organization.slug).toBe("acme");
  expect(page).toMatchObject({ total: 2, timezone: "Europe/Berlin" });
  const next = await client.activities.list.query({ type: "query,document", limit: 1, cursor: page.next_cursor! });
  expect(new Set([...page.items, ...next.items].map((item) => item.activity_type))).toEqual(
    new Set(["query", "document"]),
  );
  expect(metrics.days).toHaveLength(28);
  expect(api.lines).toHaveLength(2);
});

test("an error comes with its problem: code, request id, and each wrong field", async () => {
  const client = clientOf(tenant.members.analyst.headers);
  const error = await client.activities.list
    .query({ limit: 0 })
    .catch((caught: unknown) => caught as TRPCClientError<AppRouter>);
  expect(error).toBeInstanceOf(TRPCClientError);
  expect((error as TRPCClientError<AppRouter>).data?.problem).toMatchObject({
    code: "BAD_REQUEST",
    status: 400,
    request_id: expect.any(String),
    errors: [{ path: "limit", message: "must be a whole number from 1 to 200" }],
  });
  await expect(client.keys.create.mutate({ name: "k", source: "s", scopes: ["metrics.read"] })).rejects.toMatchObject({
    data: { code: "FORBIDDEN", problem: { detail: "your role (analyst) doesn't include keys.manage" } },
  });
});
