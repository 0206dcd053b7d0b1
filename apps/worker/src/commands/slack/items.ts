import type { IngestRecord } from "@twin/contracts/ingest";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { nameTwins } from "@twin/db/records/ingest/known";
import { setTwinOwner } from "@twin/db/figures/twins/set-owner";
import type { SlackExport } from "@twin/integrations/slack/records";
import type { Stored } from "@twin/integrations/slack/stored";
import type { Barrier, Item } from "../import/item.ts";

/** Every id of a bot leads to its twin: an export may know only one of them. */
async function nameAll(db: Database, actor: Actor, { read, twins }: SlackExport, stored: Stored): Promise<void> {
  const ids = await stored.twinIds(twins.map(({ key }) => key));
  const names = twins.flatMap(({ key, bot }) => {
    const id = ids.get(key);
    return id === undefined ? [] : [...bot.keys].filter((one) => one !== key).map((one) => ({ key: one, id }));
  });
  await nameTwins(db, actor, read.source, names);
}

/** Gives stored twins to the owners who were named for them, once those are stored. */
async function correctOwners(db: Database, actor: Actor, { twins, notes }: SlackExport, stored: Stored): Promise<void> {
  for (const { name, owner, isCorrected, stored: twin } of twins) {
    if (!isCorrected || twin === null || owner === null) continue;
    const person = (await stored.people([owner])).get(owner);
    if (person === undefined) notes.push(`${name} stays whose it was: ${owner} is no person of the organisation.`);
    else await setTwinOwner(db, actor, { twin: twin.id, owner: person }, new Date());
  }
}

/** The records of an export in the order of sending: people and twins are stored before conversations. */
export async function* itemsOf(
  db: Database,
  actor: Actor,
  slack: SlackExport,
  stored: Stored,
): AsyncGenerator<Item | Barrier> {
  let index = 0;
  const item = (record: IngestRecord): Item => ({ index: index++, bytes: JSON.stringify(record).length, record });
  for (const record of slack.people()) yield item(record);
  yield { barrier: true };
  await nameAll(db, actor, slack, stored);
  await correctOwners(db, actor, slack, stored);
  for await (const record of slack.conversations()) yield item(record);
}
