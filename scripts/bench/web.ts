import { writeFileSync } from "node:fs";
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { machineOf, wordsOf } from "@twin/db/bench/machine";
import { cpuOf } from "@twin/db/bench/server";
import { ms, summarise, table, type Times } from "@twin/db/bench/timing";
import { root } from "../stack/root.ts";
import { freshData, startStack } from "./stack.ts";

// npm run bench -- web [--times 100] [--json FILE]
// What pages of the demonstration weigh as they are sent, how long their HTML takes, and what it costs the api, for a viewer
// who is signed in. Files are what a page names to be loaded at once; what it loads later, when it is used, doesn't count.

const { values } = parseArgs({ options: { times: { type: "string", default: "100" }, json: { type: "string" } } });
const say = (line: string) => process.stdout.write(`${line}\n`);
const machine = machineOf();

type Answer = { status: number; headers: IncomingHttpHeaders; body: string; bytes: number; first: number; all: number };
type Page = {
  name: string;
  path: string;
  status: number;
  /** Kilobytes as sent: the page itself, its scripts and its styles. */
  html: number;
  js: number;
  css: number;
  requests: number;
  /** Milliseconds up to the first byte, and to the last. */
  first: Times;
  all: Times;
  /** Milliseconds of the api's CPU, which serves the dashboard. */
  cpu: number | null;
};

const stack = await startStack(root, freshData("web"));
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const pages: Page[] = [];
try {
  const cookie = await signIn();
  await untilFilled(cookie);
  for (const [name, path] of [
    ["Sign-in", "/sign-in"],
    ["Overview", "/"],
    ["Activities", "/activities"],
    ["One activity", await firstLink(cookie, "/activities")],
    ["Retention", "/retention"],
    ["Features", "/features"],
    ["Twins", "/twins"],
    ["Sessions", "/sessions"],
    ["Users", "/users"],
    ["One user", await firstLink(cookie, "/users")],
    ["Lifecycle", "/lifecycle"],
  ] as const)
    pages.push(await measure(name, path, path === "/sign-in" ? "" : cookie));
} finally {
  agent.destroy();
  await stack.stop();
}
const kilobytes = (value: number) => value.toFixed(1);
say(
  `\n${table([
    [
      "page (kB gzip, ms)",
      "HTML",
      "scripts",
      "styles",
      "requests",
      "first byte p50",
      "p99",
      "whole p50",
      "p99",
      "api CPU",
    ],
    ...pages.map(({ name, status, html, js, css, requests, first, all, cpu }) => [
      status === 200 ? name : `${name} (${status})`,
      kilobytes(html),
      kilobytes(js),
      kilobytes(css),
      String(requests),
      ms(first.p50),
      ms(first.p99),
      ms(all.p50),
      ms(all.p99),
      ms(cpu),
    ]),
  ])}`,
);
say(`\n${wordsOf(machine, machineOf().load)}`);
if (values.json) {
  const result = { measured_at: new Date().toISOString(), machine, load_after: machineOf().load, pages };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}

async function measure(name: string, path: string, cookie: string): Promise<Page> {
  const page = await get(path, cookie);
  const files = filesOf(page.body);
  const sent = await Promise.all(files.map(async (file) => ({ file, ...(await get(file, "")) })));
  const sum = (end: string) =>
    sent.reduce((all, { file, bytes }) => (file.endsWith(end) ? all + bytes / 1_000 : all), 0);
  const times = Number(values.times);
  for (let i = 0; i < 20; i++) await get(path, cookie);
  const before = cpuOf([stack.apiPid]);
  const [first, all]: [number[], number[]] = [[], []];
  for (let i = 0; i < times; i++) {
    const answer = await get(path, cookie);
    first.push(answer.first);
    all.push(answer.all);
  }
  const after = cpuOf([stack.apiPid]);
  return {
    name,
    path,
    status: page.status,
    html: page.bytes / 1_000,
    js: sum(".js"),
    css: sum(".css"),
    requests: 1 + files.length,
    first: summarise(first),
    all: summarise(all),
    cpu: before === null || after === null ? null : (after - before) / times,
  };
}

/** Scripts and styles that a page names: preloaded modules, styles, and what its inline script imports. */
function filesOf(html: string): string[] {
  const named = [...html.matchAll(/(?:href|src)="([^"]+\.(?:js|css))"|import\("([^"]+\.js)"\)/g)];
  return [...new Set(named.map(([, tag, imported]) => new URL(tag ?? imported!, `${stack.url}/`).pathname))];
}

/** The first entry of a list: the page of one. */
async function firstLink(cookie: string, path: string): Promise<string> {
  const { body } = await get(path, cookie);
  const [, found] = new RegExp(`href="(${path}/[0-9a-f-]{36})[?"]`).exec(body) ?? [];
  if (!found) throw new Error(`${path} shows nobody`);
  return found;
}

/** The demonstration fills itself while the stack starts. */
async function untilFilled(cookie: string): Promise<void> {
  for (let seconds = 0; seconds < 300; seconds++) {
    const { body } = await get("/", cookie);
    if (!/still being filled in|Being counted|no data yet/.test(body)) return;
    await sleep(1_000);
  }
  throw new Error("the demonstration isn't filled");
}

async function signIn(): Promise<string> {
  const login = { email: "viewer@acme.example", password: "demo-viewer-2026", to: "/" };
  for (let tries = 0; tries < 120; tries++) {
    const answer = await fetch(`${stack.url}/sign-in?/signIn`, {
      method: "POST",
      body: new URLSearchParams(login),
      headers: { origin: stack.url },
      redirect: "manual",
    });
    const cookie = answer.headers.getSetCookie().map((one) => one.split(";")[0]!);
    if (cookie.some((one) => one.includes("twin_session="))) return cookie.join("; ");
    await sleep(1_000);
  }
  throw new Error("the viewer of the demonstration can't sign in");
}

/** Asks as a browser does that takes gzip, on one connection. */
function get(path: string, cookie: string): Promise<Answer> {
  const begun = performance.now();
  return new Promise((done, failed) => {
    const headers = { accept: "text/html", "accept-encoding": "gzip", ...(cookie && { cookie }) };
    const asked = request(`${stack.url}${path}`, { agent, headers }, (answer) => {
      const first = performance.now() - begun;
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("end", () => {
        const all = performance.now() - begun;
        const sent = Buffer.concat(parts);
        const body = () => (answer.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent).toString();
        done({ status: answer.statusCode!, headers: answer.headers, body: body(), bytes: sent.length, first, all });
      });
    });
    asked.on("error", failed);
    asked.end();
  });
}
