import { contract } from "@twin/contracts";
import { filterFields } from "@twin/contracts/filter";
import { IngestInput, type IngestAnswer, type Rejection } from "@twin/contracts/ingest";
import { bodyBytesOf, type Procedure } from "@twin/contracts/procedure";
import { rest, type RestRoute } from "@twin/contracts/rest";
import { limits } from "@twin/contracts/vocabulary";
import { fetchExport } from "@twin/db/privacy/exports/fetch";
import { Hono } from "hono";
import { z } from "zod";
import { type Reading, readJson, readLines } from "./body.ts";
import { HttpProblem } from "./errors.ts";
import { allow } from "./implement.ts";
import type { Bindings, Http, Variables } from "./request.ts";
import { router } from "./router.ts";
import type { Context } from "./trpc.ts";

type Call = (input: unknown) => Promise<unknown>;
type Caller = Record<string, Record<string, Call>>;

const callOf = (context: Context, name: string): Call => {
  const [domain, verb] = name.split(".") as [string, string];
  return (router.createCaller(context) as unknown as Caller)[domain]![verb]!;
};

const entryOf = (name: string): Procedure => {
  const [domain, verb] = name.split(".") as [string, string];
  return (contract as unknown as Record<string, Record<string, Procedure>>)[domain]![verb]!;
};

/**
 * Repeated names in a query string are a list; an empty value is left out. Where a filter is given again, even empty, its
 * values stand alone and may hold commas.
 */
function queryOf(c: Http): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(c.req.queries()).flatMap(([name, values]) => {
      const [first, ...more] = values.filter((value) => value !== "");
      if (first === undefined) return [];
      const isOne = Object.hasOwn(filterFields, name) ? values.length === 1 : more.length === 0;
      return [[name, isOne ? first : [first, ...more]]];
    }),
  );
}

/** Stores the readable lines of an NDJSON body; an unreadable one is INVALID in its place. */
async function ingestLines(call: Call, request: Request, reading: Reading): Promise<IngestAnswer> {
  const lines = await readLines(request, reading, limits.batchRecords);
  IngestInput.parse({ records: lines });
  const places = lines.flatMap((line, index) => ("record" in line ? [index] : []));
  const faults = lines.flatMap((line, index): Rejection[] =>
    "fault" in line ? [{ index, code: "INVALID", message: line.fault }] : [],
  );
  const records = lines.flatMap((line) => ("record" in line ? [line.record] : []));
  const answer = (await call({ records })) as IngestAnswer;
  const inPlace = <T extends { index: number }>(one: T): T => ({ ...one, index: places[one.index] ?? one.index });
  return {
    ...answer,
    rejected: [...answer.rejected.map(inPlace), ...faults].sort((a, b) => a.index - b.index),
    warnings: answer.warnings.map(inPlace),
  };
}

async function callByBody(c: Http, call: Call, entry: Procedure): Promise<unknown> {
  const reading = { most: bodyBytesOf(entry), share: c.get("share") };
  const takesLines = entry === contract.ingest.batch;
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (takesLines && type === "application/x-ndjson") return ingestLines(call, c.req.raw, reading);
  if (type !== "application/json") {
    const lines = takesLines ? " or application/x-ndjson" : "";
    throw new HttpProblem("BAD_REQUEST", 415, `content-type must be application/json${lines}`);
  }
  const body = await readJson(c.req.raw, reading);
  const inPath = c.req.param();
  return call(Object.keys(inPath).length === 0 ? body : { ...(body as object | null), ...inPath });
}

type Method = "GET" | "POST";
/** Refuses every other method of a path, and says which it takes. */
const only = (methods: readonly Method[], hint = "") => {
  return () => {
    throw new HttpProblem("BAD_REQUEST", 405, `only ${methods.join(" and ")}${hint}`, {
      allow: methods.map((method) => (method === "GET" ? "GET, HEAD" : method)).join(", "),
    });
  };
};

/** The REST side of the API: the paths of the contract, each one call of its procedure. */
export function createRest(contextOf: (c: Http) => Context) {
  const app = new Hono<{ Bindings: Bindings; Variables: Variables }>();
  app.get("/openapi.json", async (c) => c.json((await import("./openapi.ts")).openApiDocument()));
  const taken = new Map<string, Method[]>();
  for (const [route, name] of Object.entries(rest) as [RestRoute, string][]) {
    const [method, told] = route.split(" ") as [Method, string];
    const path = told.replaceAll(/\{(\w+)\}/g, ":$1");
    taken.set(path, [...(taken.get(path) ?? []), method]);
    app.on(method, path, async (c) => {
      const context = contextOf(c);
      const [call, entry] = [callOf(context, name), entryOf(name)];
      // Callers without the right are refused before their megabytes are read.
      if (method === "POST") allow(entry.access, await context.actor());
      const answer =
        method === "GET" ? await call({ ...queryOf(c), ...c.req.param() }) : await callByBody(c, call, entry);
      return c.json(answer as object);
    });
  }
  for (const [path, methods] of taken) app.all(path, only(methods));
  // Fetching deletes the export and is audited, so no link and no page of another site may do it.
  app.post("/exports/:id", async (c) => {
    const { db, now, actor } = contextOf(c);
    const who = await actor();
    allow("people.erase", who);
    const id = c.req.param("id");
    if (!z.uuid().safeParse(id).success) throw new HttpProblem("NOT_FOUND", 404, "there is no such export");
    const { bytes, chunks } = await fetchExport(db, who, id, now);
    return new Response(ReadableStream.from(chunks), {
      headers: {
        "content-type": "application/zip",
        "content-length": String(bytes),
        "content-disposition": `attachment; filename="export-${id.slice(0, 8)}.zip"`,
      },
    });
  });
  app.all("/exports/:id", only(["POST"], ": an export is fetched once, by the button on the person's page"));
  return app;
}
