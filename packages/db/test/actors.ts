import type { Actor } from "../src/tenancy/actor.ts";

/** A job of an organisation; 0: the system's own. */
export const systemOf = (org_id: number): Actor => ({ kind: "system", org_id, job: "test", request_id: "test" });
