import { ActivityDetail, ActivityPage, ListedActivity } from "@twin/contracts/activities";
import { EngagementAnswer } from "@twin/contracts/engagement";
import { FeaturesAnswer } from "@twin/contracts/features";
import { NotApplied } from "@twin/contracts/filter";
import {
  ActivityRecord,
  FeatureRecord,
  IngestAnswer,
  IngestRecord,
  InstallationRecord,
  MessageRecord,
  Rejection,
  SessionRecord,
  TwinRecord,
  UserRecord,
  Warning,
} from "@twin/contracts/ingest";
import { ChartsAnswer, MetricRow, MetricsAnswer } from "@twin/contracts/metrics";
import { RetentionAnswer } from "@twin/contracts/retention";
import { Json } from "@twin/contracts/text";
import { limits } from "@twin/contracts/vocabulary";
import { errorStatus } from "@twin/contracts/errors";
import { restPath } from "@twin/contracts/wire";
import { generateOpenApiDocument } from "trpc-to-openapi";
import { z } from "zod";
import { router } from "./router.ts";

export type Schema = { $ref?: string; type?: string | string[]; description?: string; [key: string]: unknown };
export type Parameter = { name: string; in: string; required?: boolean; schema?: Schema; description?: string };
export type Operation = {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, unknown>;
  security?: Record<string, string[]>[];
};
export type Document = {
  openapi: string;
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    securitySchemes: Record<string, unknown>;
    responses?: Record<string, unknown>;
  };
};

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum([...(Object.keys(errorStatus) as (keyof typeof errorStatus)[]), "INTERNAL"]),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({
    id: "Problem",
    description: "Every error (RFC 9457). `errors` names each wrong field; tell us `request_id` when you ask for help.",
  });

/** The names of schemas, so that generated clients have types with names. */
const named = {
  Activities: ActivityPage,
  Activity: ListedActivity,
  ActivityChart: ChartsAnswer,
  ActivityDetail,
  ActivityRecord,
  Engagement: EngagementAnswer,
  FeatureRecord,
  FeatureUsage: FeaturesAnswer,
  IngestAnswer,
  IngestRecord,
  InstallationRecord,
  Json,
  MessageRecord,
  MetricRow,
  Metrics: MetricsAnswer,
  NotApplied,
  Problem,
  Rejection,
  Retention: RetentionAnswer,
  SessionRecord,
  TwinRecord,
  UserRecord,
  Warning,
};

const problems: Record<string, string> = {
  "400": "Bad input: `errors` names each wrong field",
  "401": "Not signed in, or the key is unknown, revoked or expired",
  "403": "Not allowed: `detail` names the missing scope",
  "404": "Not found",
  "405": "Another method: Allow names the one that the path takes",
  "413": "Too large",
  "415": "Neither JSON nor, where it is taken, NDJSON; or packed otherwise than by gzip",
  "429": "Too many requests of a key in a minute, or at one time without a key or a session: see Retry-After",
  "500": "Our fault",
  "503": "Not available now: see Retry-After",
};

const description = `Days are local to the organisation, ranges include both ends, and without dates they are the last 28 days with today.
Times are ISO 8601 with offset. Rates and shares are fractions from 0 to 1, null over 0.
A filter takes several values: by commas where it is given once, or given again and again, where a value may hold a comma itself. Any of them will do; with _not none of them, "(none)" being one.
not_applied in an answer names each filter that it couldn't take, and why.
A key may send ${limits.keyRequests.toLocaleString("en-US")} requests a minute. Each answer to one says in RateLimit-Limit how many that are, in RateLimit-Remaining how many are left, and in RateLimit-Reset in how many seconds the minute ends.`;

let made: Document | undefined;

/** The OpenAPI 3.1 document of the REST paths, made from the same contract entries that serve them. */
export function openApiDocument(): Document {
  if (made) return made;
  const document = generateOpenApiDocument(router, {
    title: "AI Twin Analytics",
    version: "1",
    description,
    openApiVersion: "3.1.0",
    baseUrl: restPath,
    securitySchemes: {
      apiKey: { type: "http", scheme: "bearer", description: "An API key, `twin_…`" },
      session: { type: "apiKey", in: "cookie", name: "__Host-twin_session", description: "The dashboard's session" },
    },
    // Its schema generator takes zod's types; its declarations name those of another copy of zod.
    defs: named as never,
  }) as unknown as Document;
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      operation.responses = { "200": operation.responses["200"], ...problemsOf(path, method) };
      if (method === "post" && path === "/ingest") describeIngest(operation);
    }
  }
  for (const name of Object.keys(document.components.schemas)) {
    if (name.startsWith("error.")) delete document.components.schemas[name];
  }
  return (made = withOneOfEach(document));
}

/**
 * Schemas may differ as they are sent and as they are answered; the document holds one of each: records as sent, the others
 * as answered.
 */
function withOneOfEach(document: Document): Document {
  const { schemas } = document.components;
  for (const name of Object.keys(named)) {
    const answered = schemas[`${name}Output`];
    if (!answered) continue;
    if (!name.endsWith("Record")) schemas[name] = answered;
    delete schemas[`${name}Output`];
  }
  // Some generators of clients can't express a schema that contains itself.
  schemas["Json"] = { description: "Any JSON" };
  const text = JSON.stringify(document);
  const names = Object.keys(named).join("|");
  return JSON.parse(text.replaceAll(new RegExp(`("#/components/schemas/(?:${names}))Output"`, "g"), '$1"')) as Document;
}

function problemsOf(path: string, method: string): Record<string, unknown> {
  const left = Object.entries(problems).filter(
    ([status]) =>
      (status !== "404" || path.includes("{")) && ((status !== "413" && status !== "415") || method === "post"),
  );
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return Object.fromEntries(left.map(([status, meaning]) => [status, { description: meaning, content }]));
}

/** Records are checked one by one, so the contract's input doesn't hold them; the document does. */
function describeIngest(operation: Operation): void {
  const record = { $ref: "#/components/schemas/IngestRecord" };
  const { content } = operation.requestBody!;
  const body = content["application/json"]!.schema as Schema & { properties?: Record<string, Schema> };
  if (body.properties?.["records"]) body.properties["records"] = { ...body.properties["records"], items: record };
  content["application/x-ndjson"] = { schema: { ...record, description: "One record a line" } };
  operation.description =
    "Also takes one record a line as application/x-ndjson, and content-encoding gzip. A record that can't be stored never keeps the others out: it is named in `rejected`.";
}
