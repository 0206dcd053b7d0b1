import type { Step } from "./step.ts";
import { sessions } from "./steps/sessions.ts";

/** What a run does, in this order. */
export const steps: readonly Step[] = [sessions];
