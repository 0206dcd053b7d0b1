import type { DataType } from "@twin/contracts/policies";
import type { Step } from "./step.ts";
import { activitiesStep } from "./steps/activities.ts";
import { deletedUsersStep } from "./steps/deleted-users.ts";
import { messagesStep } from "./steps/messages.ts";
import { sessionsStep } from "./steps/sessions.ts";

/** What a run does with each kind of data, in this order. */
const inOrder: Record<DataType, Step> = {
  messages: messagesStep,
  sessions: sessionsStep,
  activities: activitiesStep,
  deleted_users: deletedUsersStep,
};
export const steps: readonly Step[] = Object.values(inOrder);
