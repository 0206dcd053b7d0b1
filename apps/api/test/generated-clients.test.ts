import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@hey-api/openapi-ts";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTenant, nobody, type Parsed, type Tenant, useApi } from "./world.ts";

const api = useApi();
const folder = mkdtempSync(join(tmpdir(), "twin-clients-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let tenant: Tenant;
let document: Parsed;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
  ({ body: document } = await api.fetch(nobody, "/api/openapi.json"));
});

/** What a TypeScript user's compiler says of a file. */
function complaintsOf(file: string): string[] {
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: [],
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

test("openapi-typescript makes types of it that name records, figures and problems", async () => {
  writeFileSync(join(folder, "schema.ts"), astToString(await openapiTS(document)));
  const use = join(folder, "use-types.ts");
  const written = (more: string) =>
    writeFileSync(
      use,
      `import type { components, paths } from "./schema";
      const user: components["schemas"]["UserRecord"] = { type: "user", email: "a@b.example", full_name: "A"${more} };
      const body: paths["/ingest"]["post"]["requestBody"]["content"]["application/json"] = { records: [user] };
      const day = (row: components["schemas"]["MetricRow"]): number => row.total_active_users;
      const said = (problem: components["schemas"]["Problem"]): string => problem.code;
      export { body, day, said };`,
    );
  written("");
  expect(complaintsOf(use)).toEqual([]);
  written(", created_at: 5");
  expect(complaintsOf(use)).toEqual([expect.stringContaining("'number' is not assignable to type 'string'")]);
});

test("openapi-ts makes a client of it that compiles, sends records and reads them back", async () => {
  const output = join(folder, "client");
  const logs = { level: "silent", file: false } as const;
  await createClient({
    input: document,
    output: { path: output },
    plugins: ["@hey-api/client-fetch", "@hey-api/sdk"],
    logs,
  });
  expect(complaintsOf(join(output, "index.ts"))).toEqual([]);
  const { client } = await import(/* @vite-ignore */ join(output, "client.gen.ts"));
  const sdk = await import(/* @vite-ignore */ join(output, "sdk.gen.ts"));
  client.setConfig({
    baseUrl: "http://127.0.0.1:3000/api",
    auth: () => tenant.everything.secret,
    fetch: (request: Request) => api.app.request(request),
  });
  const email = `${tenant.canary}-new@acme.example`;
  const sent = await sdk.ingestBatch({ body: { records: [{ type: "user", email, full_name: "Made by a client" }] } });
  expect(sent.data).toEqual({ accepted: 1, updated: 0, duplicates: 0, rejected: [], warnings: [] });
  const listed = await sdk.activitiesList({ query: { type: "query" } });
  expect(listed.data.items).toMatchObject([{ activity_type: "query", message_count: null }]);
  const refused = await sdk.activitiesGet({ path: { id: tenant.ids.twin } });
  expect(refused.error).toMatchObject({ code: "NOT_FOUND", request_id: expect.any(String) });
});
