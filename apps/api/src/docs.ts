import { createHash } from "node:crypto";
import type { Document, Operation, Schema } from "./openapi.ts";

const style = `
:root{color-scheme:light dark;--ink:#1b1d21;--soft:#5d6470;--line:#dfe2e8;--back:#fff;--code:#f4f5f8;--accent:#3346c9}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#a0a7b4;--line:#30343c;--back:#15171b;--code:#1e2127;--accent:#9aa8ff}}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:56rem;margin:0 auto;padding:2rem 1.25rem 5rem}
h1{font-size:1.75rem;margin:0 0 .5rem}h2{font-size:1.15rem;margin:3rem 0 .25rem}h3{font-size:.95rem;margin:1.25rem 0 .25rem}
code,pre{font:.875em/1.5 ui-monospace,monospace}pre,table{display:block;overflow-x:auto}pre{background:var(--code);padding:.75rem 1rem;border-radius:6px}
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.35rem 1.25rem .35rem 0;border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--soft)}
a{color:var(--accent)}.soft{color:var(--soft)}.verb{font-weight:700}
`;
/** Allows this page's own style and nothing else. */
export const docsPolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

/** Text as HTML shows it. */
export const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
/** The same, with code in back quotes. */
export const rich = (text: string): string => escape(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");

/** A page of ours, in the one style that `docsPolicy` allows. */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${style}</style></head><body><main>
${body}
</main></body></html>`;

/** A schema in short notation: names, kinds and choices, nested as they are. */
function shapeOf(document: Document, schema: Schema | undefined, depth = 0): string {
  if (!schema || depth > 8) return "any";
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1)!;
    const target = document.components.schemas[name];
    return name === "Json" || !target ? "any" : shapeOf(document, target, depth);
  }
  const choices = (schema["anyOf"] ?? schema["oneOf"]) as Schema[] | undefined;
  if (choices) return choices.map((one) => shapeOf(document, one, depth)).join(" | ");
  const listed = schema["enum"] as unknown[] | undefined;
  if (listed) return listed.map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema["const"]);
  const kind = [schema.type ?? "any"]
    .flat()
    .map((one) => (one === "string" && schema["format"] ? String(schema["format"]) : one))
    .join(" | ");
  if (schema.type === "array") return `[ ${shapeOf(document, schema["items"] as Schema, depth)} ]`;
  const properties = schema["properties"] as Record<string, Schema> | undefined;
  if (!properties)
    return schema["additionalProperties"]
      ? `{ [name]: ${shapeOf(document, schema["additionalProperties"] as Schema, depth + 1)} }`
      : kind;
  const required = new Set((schema["required"] as string[] | undefined) ?? []);
  const pad = "  ".repeat(depth + 1);
  const lines = Object.entries(properties).map(
    ([name, one]) => `${pad}${name}${required.has(name) ? "" : "?"}: ${shapeOf(document, one, depth + 1)}`,
  );
  return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
}

function parametersOf(document: Document, operation: Operation): string {
  if (!operation.parameters?.length) return "";
  const rows = operation.parameters.map(
    ({ name, required, schema }) =>
      `<tr><td><code>${escape(name)}</code></td><td>${required ? "required" : ""}</td><td><code>${escape(shapeOf(document, schema))}</code></td></tr>`,
  );
  return `<h3>Parameters</h3><table><thead><tr><th>name</th><th></th><th>value</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function operationOf(document: Document, path: string, method: string, operation: Operation): string {
  const body = operation.requestBody?.content["application/json"]?.schema;
  const answer = (operation.responses["200"] as { content: Record<string, { schema: Schema }> }).content[
    "application/json"
  ]?.schema;
  const refusals = Object.entries(operation.responses as Record<string, { description: string }>).filter(
    ([status]) => status !== "200",
  );
  return `<section id="${escape(operation.operationId)}">
<h2><span class="verb">${method.toUpperCase()}</span> <code>${escape(document.servers[0]!.url + path)}</code></h2>
<p>${rich(operation.summary ?? "")}${operation.description ? `. ${rich(operation.description)}` : ""}</p>
${parametersOf(document, operation)}
${body ? `<h3>Body</h3><pre tabindex="0">${escape(shapeOf(document, body))}</pre>` : ""}
<h3>Answer</h3><pre tabindex="0">${escape(shapeOf(document, answer))}</pre>
<h3>Errors</h3><table><tbody>${refusals.map(([status, { description }]) => `<tr><td><code>${status}</code></td><td>${rich(description)}</td></tr>`).join("")}</tbody></table>
</section>`;
}

let page: string | undefined;

/** The REST paths as a page to read: made on the server from the OpenAPI document, without scripts or further requests. */
export async function docsPage(): Promise<string> {
  if (page) return page;
  // Loaded when it is asked for: what makes it takes 18 MB.
  const { openApiDocument } = await import("./openapi.ts");
  const document = openApiDocument();
  const operations = Object.entries(document.paths).flatMap(([path, of]) =>
    Object.entries(of).map(([method, operation]) => ({ path, method, operation })),
  );
  page = htmlPage(
    `API - ${document.info.title}`,
    `<h1>${escape(document.info.title)}: API</h1>
<p>${rich(document.info.description)}</p>
<p>Send an API key as <code>Authorization: Bearer twin_…</code>. The same as an OpenAPI 3.1 document: <a href="/api/openapi.json">/api/openapi.json</a>. What the numbers mean: <a href="/docs/metrics">/docs/metrics</a>.</p>
<nav aria-label="Paths"><ul>${operations.map(({ path, method, operation }) => `<li><a href="#${escape(operation.operationId)}">${method.toUpperCase()} ${escape(document.servers[0]!.url + path)}</a> <span class="soft">${rich(operation.summary ?? "")}</span></li>`).join("")}</ul></nav>
${operations.map(({ path, method, operation }) => operationOf(document, path, method, operation)).join("\n")}
<section><h2>Errors</h2><p>${rich(String(document.components.schemas["Problem"]?.description ?? ""))}</p><pre tabindex="0">${escape(shapeOf(document, document.components.schemas["Problem"]))}</pre></section>`,
  );
  return page;
}
