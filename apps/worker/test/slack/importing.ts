import type { Rejection } from "@twin/contracts/ingest";
import { type Actor, inTenant } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { aadOf, openTexts } from "@twin/db/tenancy/encryption/text";
import { createOrganization } from "@twin/db/access/create-organization";
import { startImport } from "@twin/db/imports/runs";
import { recordBatch } from "@twin/db/records/ingest/record-batch";
import { Importer } from "../../src/commands/import/importer.ts";
import { Progress } from "../../src/commands/import/progress.ts";
import { Rejects } from "../../src/commands/import/rejects.ts";
import { itemsOf } from "../../src/commands/slack/items.ts";
import { storedIn } from "../../src/commands/slack/stored-in.ts";
import { Output } from "../../src/commands/output.ts";
import { openExport } from "@twin/integrations/slack/export-files";
import { readExport, tellExport } from "@twin/integrations/slack/records";
import { readBotFlag } from "@twin/integrations/slack/twin-entries";

class Silent extends Output {
  override event(): void {}
}

/** What became of an export. */
export interface Imported {
  run: number;
  accepted: number;
  updated: number;
  rejected: readonly Rejection[];
  begun_by_others: number;
  gone: number;
  left_out: number;
  messages: number;
  notes: string[];
}

let made = 0;

/** A new organisation that takes exports as the command does. */
export async function useImports(db: Database, time_zone = "UTC") {
  const slug = `slack-${++made}`;
  const { org_id } = await createOrganization(db, { slug, name: slug, time_zone });
  return importsInto(db, org_id);
}

/** An organisation that takes exports as the command does. */
export function importsInto(db: Database, org_id: number) {
  const actor: Actor = { kind: "system", org_id, job: "import slack", request_id: "test" };
  return {
    org_id,
    actor,
    bringIn: async (path: string, bots: readonly string[] = ["AskGPT=U1"]): Promise<Imported> => {
      const files = await openExport(path);
      const read = await readExport(files, undefined, Date.now());
      const stored = await storedIn(db, actor, read.source);
      const slack = await tellExport(read, bots.map(readBotFlag), stored);
      const rejects = new Rejects(undefined);
      const run = await startImport(db, actor, { command: "import slack", source: read.source });
      const importer = new Importer(
        (records) => recordBatch(db, actor, { records }, { now: new Date(), source: read.source, run }),
        rejects,
        new Progress(new Silent(true), () => null),
        new AbortController().signal,
      );
      await importer.run(itemsOf(db, actor, slack, stored));
      files.close();
      return {
        run,
        accepted: importer.standing.accepted,
        updated: importer.standing.updated,
        rejected: rejects.listed,
        begun_by_others: slack.told.begunByOthers,
        gone: slack.told.gone,
        left_out: slack.leftOut.total,
        messages: slack.told.messages,
        notes: slack.notes,
      };
    },
  };
}

/** Everything that an organisation holds of its conversations, decrypted and by names, in an order of its own. */
export async function contentOf(db: Database, actor: Actor) {
  return inTenant(db, actor, async (tx) => {
    const of = <R extends object>(text: string) => tx.query<R & Record<string, unknown>>({ text, values: [tx.org_id] });
    const people = await of(
      "select email, full_name, timezone, is_active, company, department from users where org_id = $1 order by email",
    );
    const twins = await of(
      `select t.name, case when t.created_at < now() - interval '1 day' then t.created_at end as created_at, u.email as owner from twins t join users u on u.id = t.user_id
        where t.org_id = $1 order by t.name`,
    );
    const installations = await of(
      `select t.name, i.platform, i.workspace_id, i.uninstalled_at from twin_installations i
        join twins t on t.id = i.twin_id where i.org_id = $1 order by t.name`,
    );
    const conversations = await of(
      `select a.started_at, a.ended_at, u.email, t.name as twin, c.title, c.topic, s.activity_id is not null as is_shared
        from activities a join users u on u.id = a.user_id join twins t on t.id = a.twin_id
          join conversations c on c.activity_id = a.id left join shared_twin_interactions s on s.activity_id = a.id
        where a.org_id = $1 order by a.started_at, c.title, u.email`,
    );
    const messages = await of<{ id: string; user_id: string | null; content: Buffer | null; metadata: unknown }>(
      `select m.id, m.user_id, a.started_at, c.title, u.email, m.sender_type, m.created_at, m.seq, m.edited_at,
          m.metadata, m.content
        from messages m join activities a on a.id = m.conversation_id join conversations c on c.activity_id = a.id
          left join users u on u.id = m.user_id
        where m.org_id = $1 order by a.started_at, c.title, m.created_at, m.seq, u.email`,
    );
    const texts = await openTexts(
      db,
      tx,
      messages.map(({ id, user_id, content: sealed }) => ({
        user_id,
        sealed,
        aad: aadOf("messages", "content", tx.org_id, id),
      })),
    );
    return {
      people,
      twins,
      installations,
      conversations,
      messages: messages.map(({ id: _id, user_id: _author, ...message }, at) => ({
        ...message,
        content: texts[at] ?? null,
      })),
    };
  });
}
