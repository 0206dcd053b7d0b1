import { contract } from "@twin/contracts";
import { bodyBytesOf, type Procedure } from "@twin/contracts/procedure";
import { limits } from "@twin/contracts/vocabulary";
import { trpcPath } from "@twin/contracts/wire";
import type { Actor } from "@twin/db/tenancy/actor";
import { readJson } from "./body.ts";
import { HttpProblem } from "./errors.ts";
import { allow } from "./implement.ts";
import type { Http } from "./request.ts";

const entries = new Map<string, Procedure>(
  Object.entries(contract).flatMap(([domain, verbs]) =>
    Object.entries(verbs).map(([verb, entry]) => [`${domain}.${verb}`, entry as Procedure] as const),
  ),
);

/** The names of the calls that a tRPC request's path makes. */
export const calledIn = (path: string): string[] => path.slice(trpcPath.length + 1).split(/,|%2C/i);

/** Whether there is a procedure of this name. */
export const isCall = (name: string): boolean => entries.has(name);

/** The inputs of a tRPC request's calls, by their places in the batch. */
export type Inputs = (index: number) => unknown;

/**
 * Reads the body of a tRPC request, up to the size that its calls may have: where the caller has no right to them, the body
 * is dropped unread.
 * @returns undefined for a request without a body, whose inputs are in its address
 * @throws HttpProblem TOO_LARGE, UNAVAILABLE or BAD_REQUEST where it can't be received
 */
export async function readInputs(c: Http, names: string[], actor: () => Promise<Actor>): Promise<Inputs | undefined> {
  if (c.req.method !== "POST") return undefined;
  const isJson = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() === "application/json";
  if (!isJson || names.length > limits.batchCalls) return () => undefined;
  const found = names.flatMap((name) => entries.get(name) ?? []);
  const who = found.every(({ access }) => access === "public") ? null : await actor().catch(() => null);
  const most = Math.max(0, ...found.filter((entry) => mayCall(entry, who)).map(bodyBytesOf));
  if (most === 0) return () => undefined;
  let body: unknown;
  try {
    body = await readJson(c.req.raw, { most, share: c.get("share") });
  } catch (error) {
    if (!(error instanceof HttpProblem) || error.status !== 400) throw error;
    // Each of the calls gets the problem, in the form that its caller reads.
    return () => {
      throw error;
    };
  }
  const isBatch = c.req.query("batch") === "1";
  return (index) => (isBatch ? (body as Record<number, unknown> | null)?.[index] : body);
}

function mayCall({ access }: Procedure, who: Actor | null): boolean {
  if (access === "public") return true;
  try {
    if (who) allow(access, who);
    return who !== null;
  } catch {
    return false;
  }
}
