import { archiveLs, archiveRestore, archiveVerify } from "./archive.ts";
import { auditVerify } from "./audit.ts";
import { backfill } from "./backfill.ts";
import type { Command } from "./command.ts";
import { doctor } from "./doctor.ts";
import { importLs, importUndo } from "./import-runs.ts";
import { importNdjson } from "./import-ndjson.ts";
import { importSlack } from "./import-slack.ts";
import { jobsCancel, jobsLs, jobsRetry, jobsShow, jobsWait } from "./jobs.ts";
import { keysCreate, keysLs, keysRevoke, keysRotate } from "./keys.ts";
import { lifecycleApply, lifecyclePlan } from "./lifecycle.ts";
import { membersInvite, membersLs, membersPassword, membersRemove, membersRole } from "./members.ts";
import { migrateCommand } from "./migrate.ts";
import { orgCreate, orgLs, orgOwner } from "./org.ts";
import { setupLink } from "./setup-link.ts";
import { orgSetTimezone } from "./set-timezone.ts";
import { orgSetViewerTitles } from "./set-viewer-titles.ts";
import { twinSetOwner } from "./twin.ts";
import { userErase, userExport, userExports, userReplay, userUndo } from "./user.ts";
import { verify } from "./verify.ts";

/** Every command, in the order of the help. */
export const commands: Command[] = [
  importSlack,
  importNdjson,
  importLs,
  importUndo,
  orgCreate,
  orgLs,
  orgOwner,
  orgSetTimezone,
  orgSetViewerTitles,
  setupLink,
  keysCreate,
  keysLs,
  keysRotate,
  keysRevoke,
  membersLs,
  membersInvite,
  membersRole,
  membersPassword,
  membersRemove,
  jobsLs,
  jobsShow,
  jobsRetry,
  jobsCancel,
  jobsWait,
  backfill,
  archiveLs,
  archiveVerify,
  archiveRestore,
  verify,
  auditVerify,
  lifecyclePlan,
  lifecycleApply,
  twinSetOwner,
  userExport,
  userExports,
  userErase,
  userUndo,
  userReplay,
  migrateCommand,
  doctor,
];
