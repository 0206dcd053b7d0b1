import type { Step } from "./step.ts";
import { activities } from "./steps/activities.ts";
import { deletedUsers } from "./steps/deleted-users.ts";
import { messages } from "./steps/messages.ts";
import { sessions } from "./steps/sessions.ts";

/** What a run does, in this order. */
export const steps: readonly Step[] = [messages, sessions, activities, deletedUsers];
