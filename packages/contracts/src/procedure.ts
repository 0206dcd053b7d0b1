import type { TRPCMutationProcedure, TRPCQueryProcedure, TRPCSubscriptionProcedure } from "@trpc/server";
import type { z } from "zod";
import type { Permission } from "./vocabulary.ts";

/**
 * Who may call: anyone, any signed-in member, or whoever holds a permission (by role or by scope of the key), or one of
 * several.
 */
export type Access = "public" | "member" | Permission | readonly Permission[];

/** The permissions of which one is enough. */
export const permissionsFor = (access: Exclude<Access, "public" | "member">): readonly Permission[] =>
  typeof access === "string" ? [access] : access;

/** A contract entry: the one place where a procedure's rule stands. */
export type Procedure = {
  type: "query" | "mutation" | "subscription";
  access: Access;
  input: z.ZodType;
  output: z.ZodType;
  /** Bytes that a body with its input may have; see `bodyBytesOf`. */
  bodyBytes?: number;
  /** One line for the OpenAPI document. */
  summary?: string;
};

type Parts<A extends Access, I extends z.ZodType, O extends z.ZodType> = {
  access: A;
  input: I;
  output: O;
  bodyBytes?: number;
  summary?: string;
};

/** Bytes that a body may have: 64 kB unless an entry says otherwise, 16 kB from anyone. */
export const bodyBytesOf = ({ access, bodyBytes }: Procedure): number =>
  bodyBytes ?? (access === "public" ? 16_000 : 64_000);

/** Reads; has no effect that a caller could see. */
export const query = <A extends Access, I extends z.ZodType, O extends z.ZodType>(parts: Parts<A, I, O>) =>
  ({ type: "query", ...parts }) as const;
/** Changes something. */
export const mutation = <A extends Access, I extends z.ZodType, O extends z.ZodType>(parts: Parts<A, I, O>) =>
  ({ type: "mutation", ...parts }) as const;
/** Streams values as server-sent events; `output` is one value, which arrives with the id that a resumed stream begins after. */
export const subscription = <A extends Access, I extends z.ZodType, O extends z.ZodType>(parts: Parts<A, I, O>) =>
  ({ type: "subscription", ...parts }) as const;

/** The tRPC procedure type that a contract entry stands for; no type of the server reaches a client. */
export type ProcedureOf<P> = P extends {
  type: infer T;
  input: infer I extends z.ZodType;
  output: infer O extends z.ZodType;
}
  ? T extends "query"
    ? TRPCQueryProcedure<{ input: z.input<I>; output: z.output<O>; meta: unknown }>
    : T extends "mutation"
      ? TRPCMutationProcedure<{ input: z.input<I>; output: z.output<O>; meta: unknown }>
      : TRPCSubscriptionProcedure<{
          input: z.input<I>;
          output: AsyncIterable<{ id: string; data: z.output<O> }>;
          meta: unknown;
        }>
  : { [K in keyof P]: ProcedureOf<P[K]> };
