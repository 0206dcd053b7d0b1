import { tracked } from "@trpc/server";
import { contract } from "@twin/contracts";
import { type Access, permissionsFor, type Procedure, type ProcedureOf } from "@twin/contracts/procedure";
import { rest } from "@twin/contracts/rest";
import { type Actor, requestMs } from "@twin/db/tenancy/actor";
import { DomainError } from "@twin/db/tenancy/errors";
import type { z } from "zod";
import { type Context, type Meta, procedure } from "./trpc.ts";

/** Refuses actors without the right. @throws FORBIDDEN naming the missing one */
export function allow(access: Access, actor: Actor): void {
  if (access === "public") return;
  if (access === "member") {
    if (actor.kind !== "member") throw new DomainError("FORBIDDEN", "this is for signed-in people, not for API keys");
    return;
  }
  const wanted = permissionsFor(access);
  if (actor.kind === "system" || wanted.some((permission) => actor.permissions.includes(permission))) return;
  const named = wanted.join(" or ");
  throw new DomainError(
    "FORBIDDEN",
    actor.kind === "service"
      ? `the API key lacks the scope ${named}`
      : `your role (${actor.role}) doesn't include ${named}`,
  );
}

const pathOf = new Map<Procedure, string>(
  Object.entries(contract).flatMap(([domain, entries]) =>
    Object.entries(entries).map(([verb, entry]) => [entry as Procedure, `${domain}.${verb}`] as const),
  ),
);

/** The REST path of a contract entry, if it has one. */
function metaOf(entry: Procedure): Meta {
  const name = pathOf.get(entry);
  const route = Object.entries(rest).find(([, target]) => target === name)?.[0];
  const [method, path] = (route?.split(" ") ?? []) as ["GET" | "POST", `/${string}`];
  if (!route || !name) return {};
  return {
    openapi: {
      method,
      path,
      tags: [name.split(".")[0]!],
      ...(entry.summary !== undefined && { summary: entry.summary }),
    },
  };
}

type Guarded = Procedure & { access: Exclude<Access, "public"> };

const guard = (access: Access) =>
  procedure.use(async ({ ctx, next }) => {
    const actor = await ctx.actor();
    allow(access, actor);
    return next({ ctx: { actor } });
  });

/** The time limit of a request begins when its input has arrived: what takes longer is stopped. */
const timed = (access: Access) =>
  guard(access).use(({ ctx, next }) =>
    next({ ctx: { actor: { ...ctx.actor, until: performance.now() + requestMs } as Actor } }),
  );

/** A procedure that already carries its contract entry's role check, input, output and error mapping. */
export const implement = <P extends Guarded>(entry: P) =>
  timed(entry.access).meta(metaOf(entry)).input<P["input"]>(entry.input).output<P["output"]>(entry.output);

/** The same for the few public procedures; no actor is looked up. */
export const implementPublic = <P extends Procedure & { access: "public" }>(entry: P) =>
  procedure.input<P["input"]>(entry.input).output<P["output"]>(entry.output);

type Stream = Guarded & { type: "subscription" };
type Item<P extends Stream> = z.output<P["output"]>;
type Watch<P extends Stream> = (options: {
  ctx: Omit<Context, "actor"> & { actor: Actor };
  input: z.output<P["input"]>;
  signal: AbortSignal;
}) => AsyncIterable<Item<P>>;

/**
 * The same for a stream. Every value is checked like an output, and carries an id: a browser that lost the connection names
 * the last one it saw, and gets the values after it.
 * @param idOf the id of a value; the same value has the same id after a restart
 */
export function implementStream<P extends Stream>(
  entry: P,
  idOf: (value: Item<P>) => string,
  watch: Watch<P>,
): ProcedureOf<P> {
  const built = guard(entry.access)
    .input<P["input"]>(entry.input)
    .subscription(async function* ({ ctx, input, signal }) {
      const seen = (input as { lastEventId?: string | null } | undefined)?.lastEventId;
      const stream = ctx.streams.open(ctx.actor, ctx.token);
      const ended = AbortSignal.any([ctx.stopping, stream.ended, ...(signal ? [signal] : [])]);
      try {
        for await (const value of watch({ ctx, input: input as z.output<P["input"]>, signal: ended })) {
          if (stream.ended.aborted) return;
          const checked = entry.output.parse(value) as Item<P>;
          const id = idOf(checked);
          if (id !== seen) yield tracked(id, checked);
        }
      } finally {
        stream.close();
      }
    });
  return built as unknown as ProcedureOf<P>;
}
