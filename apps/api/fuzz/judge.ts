import type { Tenant } from "../test/tenants.ts";
import { isApiPath, type Request } from "./requests.ts";
import type { Answer } from "./send.ts";

export type Fault = "status" | "foreign" | "slow" | "form" | "inside" | "silence";
export type Violation = { fault: Fault; why: string };

const slowMs = 5_000;
/** A guess of a password waits on purpose. */
const guessMs = 31_000;

/** What of our inside may stand in no answer; documents that tell of it are no errors. */
const inside: readonly RegExp[] = [
  /\n\s+at .+[:(]/,
  /node_modules|node:internal|\bfile:\/\/\/(?!etc)/,
  /\/(?:apps|packages)\/(?:api|web|db|worker|contracts)\//,
  /\b\w+\.ts:\d+/,
  /\b(?:relation|column|constraint|function) "\w+"/,
  /violates \w|syntax error at|invalid input syntax|invalid byte sequence|deadlock detected|duplicate key/,
  /\bSQLSTATE\b|\bpg_\w+|\btwin_(?:app|auth|worker|owner)\b/,
  /\bselect [\s\S]{1,200}\bfrom \w|\binsert into \w|\bupdate \w+ set \b|\bdelete from \w/,
  /\b(?:Type|Reference|Range|Syntax)Error\b|is not a function|Cannot read propert/,
];

/** What of A may be seen by nobody else. */
export const tracesOf = ({ canary, everything, ids }: Tenant): string[] => [
  canary,
  everything.id,
  everything.secret,
  ids.user,
  ids.twin,
  ids.hold,
  ...ids.activities,
];

/** Whether an answer took longer than any may. */
export const isSlow = (request: Request, { ms }: Answer): boolean =>
  ms > (/signIn/i.test(request.path) ? guessMs : slowMs);

/** What is wrong with an answer, but for its time. */
export function judge(request: Request, answer: Answer, foreign: readonly string[]): Violation[] {
  const found: Violation[] = [];
  const say = (fault: Fault, why: string) => found.push({ fault, why });
  const { status, text, headers } = answer;
  if (answer.fault !== undefined) say("silence", answer.fault);
  if (status >= 500) say("status", `answered with ${status}`);
  const seen = `${text}${JSON.stringify(headers)}`;
  for (const trace of foreign)
    if (seen.includes(trace) && !request.said.includes(trace)) say("foreign", `holds ${trace} of another organisation`);
  if (status < 400 && !text.includes('"error"')) return found;
  const told = `${failedIn(text)}${JSON.stringify(headers)}`;
  for (const pattern of inside) {
    const [words] = pattern.exec(told) ?? [];
    if (words !== undefined && !isSaid(request, words)) say("inside", `tells of our inside: ${words.slice(0, 100)}`);
  }
  const isPage = String(headers["content-type"]).startsWith("text/");
  const isApi = request.kind === "malformed" ? status > 0 && !isPage : isApiPath(request.path);
  if (isApi && request.method !== "HEAD" && status >= 400) {
    const wrong = request.path.startsWith("/trpc") ? ofTrpc(answer) : ofProblem(answer);
    if (wrong !== null) say("form", wrong);
  }
  return found;
}

/** Of a batch the calls that failed: what the others answer with may be words that somebody wrote before. */
function failedIn(text: string): string {
  const body = parse(text);
  if (!Array.isArray(body)) return text;
  return JSON.stringify(body.filter((one: unknown) => typeof one !== "object" || one === null || "error" in one));
}

/** Sent by the caller itself, as far as quoting lets that be seen. */
const isSaid = ({ said, headers }: Request, words: string): boolean =>
  `${said}${decoded(said)}${Object.values(headers).join(" ")}`.includes(words);

function decoded(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

type Json = { [name: string]: unknown } | null;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ofProblem({ status, headers, text }: Answer): string | null {
  if (headers["content-type"] !== "application/problem+json") return `an error as ${headers["content-type"]}`;
  return wrongIn(parse(text) as Json, status, headers["x-request-id"]);
}

/** Errors of tRPC carry their problem in `data`; in a batch each call has its own. */
function ofTrpc(answer: Answer): string | null {
  const { headers, text } = answer;
  if (headers["content-type"] === "application/problem+json") return ofProblem(answer);
  const body = parse(text);
  if (body === undefined) return `an error that is no JSON: ${text.slice(0, 80)}`;
  for (const one of [body].flat() as Json[]) {
    if (one === null || typeof one !== "object" || !("error" in one)) continue;
    const { data } = one["error"] as { data?: { problem?: Json } };
    const wrong = wrongIn(data?.problem, null, headers["x-request-id"]);
    if (wrong !== null) return wrong;
  }
  return null;
}

function wrongIn(problem: Json | undefined, status: number | null, id: unknown): string | null {
  if (typeof problem !== "object" || problem === null) return "an error without a problem";
  const { code, detail, request_id } = problem;
  if (typeof code !== "string" || typeof detail !== "string" || detail === "")
    return "a problem without code or detail";
  if (typeof request_id !== "string" || request_id === "unknown") return "a problem without a request id";
  if (id !== undefined && id !== request_id) return `request id ${request_id} beside ${String(id)}`;
  if (status !== null && problem["status"] !== status) return `status ${String(problem["status"])} in a ${status}`;
  return null;
}
