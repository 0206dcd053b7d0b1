import { expect, test } from "vitest";
import { type Declaration, reach, readSources } from "./sources.ts";

const sources = readSources("packages/db/src");
const nameOf = ({ file, name }: Declaration) => `${file.slice("packages/db/src/".length)} ${name}`;

/** What apps ask of the database: exported, by a pool or the address of a server, in transactions of its own. */
const verbs = [...sources.values()]
  .flatMap(({ declarations }) => declarations)
  .filter(({ isExported, isAsync }) => isExported && isAsync)
  .filter(({ parameters }) => /: Database\b|\b(url|databaseUrl): string/.test(parameters ?? ""))
  .filter(({ parameters }) => !/\btx: Tx\b/.test(parameters ?? ""));
const takesActor = ({ parameters }: Declaration) => /: (Actor|Member|Service)\b/.test(parameters ?? "");

const before = "nobody is signed in yet: this finds out who it is, or lets them in";
const everyOrganization = "concerns all organisations at once";
const operators = "operators ask it of the whole database";

/** Verbs without an actor, and why. */
const withoutActor: Record<string, string> = {
  "access/create-organization.ts createOrganization": "the organisation to act in is made by it",
  "access/create-owner.ts createOwner": before,
  "access/create-owner.ts readSignInState": before,
  "access/invitations.ts acceptInvitation": before,
  "access/invitations.ts readInvitation": before,
  "access/keys.ts serviceOf": before,
  "access/letters.ts askPasswordLetter": before,
  "access/letters.ts linkForLetter": before,
  "access/limits.ts countInvitation": "letters to an address are counted together, whoever asks for them",
  "access/limits.ts countLetter": before,
  "access/limits.ts countLogin": before,
  "access/links.ts hasPassword": "an account belongs to several organisations, or to none",
  "access/links.ts makeSetupLink": "there is no account yet that could act",
  "access/links.ts readPasswordLink": before,
  "access/links.ts setPassword": before,
  "access/sign-in.ts signIn": before,
  "access/standing.ts readStandings": "sessions and keys of all organisations are looked at together",
  "access/viewer.ts memberOf": before,
  "demonstration/remove.ts hasEnded": "a start asks, before there is an organisation to act in",
  "demonstration/resume.ts listUnfinished": "tells which demonstrations there are to act in",
  "jobs/enqueue.ts enqueueMissed": everyOrganization,
  "jobs/liveness.ts holdLiveness": "holds a lock on a connection of its own and touches no row",
  "jobs/liveness.ts releaseDeadJobs": everyOrganization,
  "jobs/readiness.ts readReadiness": "a load balancer asks, before the database may have any table",
  "jobs/wait.ts readBacklog": everyOrganization,
  "jobs/wait.ts waitForJobs": everyOrganization,
  "postgres/diagnosis.ts readDiagnosis": operators,
  "postgres/migrate.ts migrate": operators,
  "postgres/server.ts checkServer": operators,
  "privacy/erasures/replay.ts replayLedger": "the ledger names people of all organisations; it acts in each of them",
  "records/ingest/hold-import.ts holdImport": "holds a lock on a connection of its own and touches no row",
  "records/partitions/vacuum.ts vacuumLateTables": everyOrganization,
  "tenancy/encryption/key-encryption-key.ts unlockKeys": "one key wraps the keys of all organisations",
  "tenancy/organizations/find.ts listDemonstrations": "tells which demonstrations there are to act in",
  "tenancy/organizations/find.ts findOrganization": "tells which organisation there is to act in",
  "tenancy/organizations/find.ts listOrganizations": "tells which organisations there are to act in",
};

const figures = "figures follow from rows: a difference is found by verify, not in a log";
const ownRow = "its row in the table of runs, parts or exports tells who asked and what was done";
const requested = "whoever asked for it was written down then";
const reads = "changes nothing: it shares a list or a class with a verb that does";

/** Verbs that change rows without writing an audit row, and why. */
const unaudited: Record<string, string> = {
  "access/key-limits.ts takeRequest": "counts a request: what the request does is written down by itself",
  "access/keys.ts serviceOf": "notes when a key was used last: what is done with it is written down by itself",
  "access/links.ts makeSetupLink": "there is no organisation yet whose log could hold it",
  "access/viewer.ts memberOf": "notes when a session was used last: what is done in it is written down by itself",
  "archives/drop-restored.ts dropRestored": requested,
  "archives/drop-restored.ts expireRestorations": "a restored month is a copy whose end was told when it was asked for",
  "archives/part.ts beginPart": ownRow,
  "archives/part.ts storePart": ownRow,
  "archives/part.ts takeOverParts": ownRow,
  "archives/purge-part.ts purgePart": ownRow,
  "archives/restore.ts restoreMonth": requested,
  "archives/verify.ts verifyArchives": requested,
  "archives/write-part.ts writePart": ownRow,
  "demonstration/remove.ts takeDemonstration": requested,
  "demonstration/resume.ts markDemonstrationFilled": "the run of the job that filled it tells the same",
  "figures/backfills/run-chunk.ts failBackfill": ownRow,
  "figures/backfills/run-chunk.ts runBackfillChunk": figures,
  "figures/rollup.ts announce": figures,
  "figures/rollup.ts rollupOrganization": figures,
  "figures/twins/follow-owners.ts followOwners": requested,
  "imports/runs.ts endImport": ownRow,
  "imports/undo.ts planUndo": reads,
  "lifecycle/forecast.ts forecastLifecycle": reads,
  "lifecycle/plan.ts planLifecycle": reads,
  "lifecycle/storage.ts readStorage": reads,
  "postgres/migrate.ts migrate": "the list of migrations is its log",
  "privacy/exports/expire.ts expireExports": ownRow,
  "privacy/exports/fail.ts failExport": ownRow,
  "privacy/exports/store.ts reopenExport": ownRow,
  "records/ingest/forget-import-lines.ts forgetSealedLines": "sealing the days was written down, and this follows",
  "records/ingest/known.ts findKnownConversations": reads,
  "records/ingest/known.ts findKnownPeople": reads,
  "records/ingest/known.ts findKnownTwins": reads,
  "records/ingest/known.ts nameTwins": "records come in: the import that they come by is written down",
  "records/ingest/months.ts ensureMonths": "asks for partitions, which are empty when they are made",
  "tenancy/audit/seal.ts sealAudit": "seals the log itself",
  "tenancy/audit/verify-audit.ts verifyAudit": "its outcome is a row of its own",
  "tenancy/encryption/key-encryption-key.ts unlockKeys": "there may be no organisation yet whose log could hold it",
};

/** Marks of days to compute and runs of jobs are records of themselves. */
const notAudited = /\b(ops\.dirty_log|job_runs)$/;
const change = /\b(?:insert into|delete from|update(?! set\b| of\b| skip\b| nowait\b))\s+[\w.§]+/g;
const changesOf = (verb: Declaration): string[] =>
  [...reach(sources, verb)].flatMap(({ texts }) =>
    texts.flatMap((text) => [...text.matchAll(change)].map(([found]) => found)),
  );

const listed = (reasons: Record<string, string>) => Object.keys(reasons).toSorted();

test("every verb takes an actor, but for those that can have none", () => {
  const without = verbs.filter((verb) => !takesActor(verb)).map(nameOf);
  expect(without.toSorted(), "take an actor, or say here why there is none").toEqual(listed(withoutActor));
});

test("an actor comes directly after the database", () => {
  const elsewhere = verbs.filter(
    (verb) => takesActor(verb) && !/^db: Database,\s*actor: (Actor|Member|Service)\b/.test(verb.parameters ?? ""),
  );
  expect(elsewhere.map(nameOf)).toEqual([]);
});

test("every verb that changes rows writes it down, but for those whose change is told elsewhere", () => {
  const silent = verbs.filter((verb) => {
    const changes = changesOf(verb);
    return changes.some((one) => !notAudited.test(one)) && !changes.includes("insert into audit_log");
  });
  expect(silent.map(nameOf).toSorted(), "call recordAudit, or say here why not").toEqual(listed(unaudited));
});
