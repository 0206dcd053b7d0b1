import { receiptFigures } from "@twin/contracts/receipts";
import { rest } from "@twin/contracts/rest";
import { metricsPath } from "@twin/contracts/wire";
import { expect, test } from "vitest";
import { nobody, type Parsed, useApi } from "./world.ts";

const api = useApi();

const everyRef = (value: unknown): string[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([name, one]) =>
        name === "$ref" && typeof one === "string" ? [one] : everyRef(one),
      );

test("the OpenAPI document has every REST path of the contract, and every reference in it leads somewhere", async () => {
  const { body: document, status } = await api.fetch(nobody, "/api/openapi.json");
  expect(status).toBe(200);
  expect(document.openapi).toBe("3.1.0");
  const operations = Object.entries<Record<string, Parsed>>(document.paths).flatMap(([path, of]) =>
    Object.entries(of).map(([method, operation]) => ({ path, name: `${method.toUpperCase()} ${path}`, operation })),
  );
  expect(operations.map(({ name }) => name).sort()).toEqual(Object.keys(rest).sort());
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  for (const { path, operation } of operations) {
    expect(operation.summary).toBeTruthy();
    expect(operation.responses["200"].content["application/json"].schema).toBeDefined();
    expect(operation.responses["400"].content["application/problem+json"].schema).toEqual({
      $ref: "#/components/schemas/Problem",
    });
    const declared = (operation.parameters ?? [])
      .filter((one: { in: string }) => one.in === "path")
      .map((one: { name: string }) => one.name);
    expect(declared).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    for (const parameter of operation.parameters ?? [])
      expect(parameter).toMatchObject({ name: expect.any(String), schema: expect.any(Object) });
    for (const [scheme] of operation.security.flatMap(Object.entries))
      expect(document.components.securitySchemes).toHaveProperty(scheme);
  }
  for (const ref of everyRef(document)) {
    const target = ref
      .replace("#/", "")
      .split("/")
      .reduce<Parsed>((at, part) => at?.[part.replaceAll("~1", "/")], document);
    expect(target, ref).toBeDefined();
  }
  const { content } = document.paths["/ingest"].post.requestBody;
  expect(Object.keys(content)).toEqual(["application/json", "application/x-ndjson"]);
});

test("the docs page names each path and field and asks nobody else for anything", async () => {
  const { text, headers, status } = await api.fetch(nobody, "/docs");
  expect(status).toBe(200);
  expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
  for (const name of [
    "/api/metrics",
    "/api/activities/{id}",
    "/api/ingest",
    "start_date",
    "total_active_users",
    "external_id",
    "messages_left",
  ])
    expect(text).toContain(name);
  expect(text).not.toMatch(/<script|<link|<img|https?:\/\//);
});

test("what every number means is a page for everybody, with a section of its name for each figure", async () => {
  const { text, headers, status } = await api.fetch(nobody, metricsPath);
  expect(status).toBe(200);
  expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
  const anchors = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(anchors).toEqual(expect.arrayContaining([...receiptFigures, "time-and-days", "active-users", "retention"]));
  expect(new Set(anchors).size).toBe(anchors.length);
  for (const [, to] of text.matchAll(/href="#([^"]+)"/g)) expect(anchors).toContain(to);
  expect(text).toContain("<code>select * from kept_from()</code>");
  expect(text).toContain("select active_users(:'start_date', date :'end_date' + 1);</pre>");
  expect(text.replaceAll(/<pre[\s\S]+?<\/pre>|<code>.*?<\/code>/g, "")).not.toMatch(
    /[`*]|^#|^\||<script|<link|<img|https?:/m,
  );
});
