import type { Step } from "./step.ts";
import { activitiesStep } from "./steps/activities.ts";
import { deletedUsersStep } from "./steps/deleted-users.ts";
import { messagesStep } from "./steps/messages.ts";
import { sessionsStep } from "./steps/sessions.ts";

/** What a run does, in this order. */
export const steps: readonly Step[] = [messagesStep, sessionsStep, activitiesStep, deletedUsersStep];
