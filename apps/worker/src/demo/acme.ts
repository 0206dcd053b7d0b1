import { addDays } from "@twin/contracts/dates";
import type { IngestRecord } from "@twin/contracts/ingest";
import { instantOf } from "./calendar.ts";
import { type DemoTwin, makePeople, makeTwins } from "./people.ts";
import { Random } from "./random.ts";
import { retrainedTwin, storyOf } from "./story.ts";
import type { Acme } from "./visits.ts";

/**
 * Acme Corp as it was filled on `filled`, a local day. Later calls must name the same day, or people would have joined at
 * other times.
 */
export function acmeOf(filled: string): Acme {
  const story = storyOf(filled);
  // Who would begin later isn't known yet.
  const people = makePeople(story.start).filter(({ joined }) => joined < filled);
  return { ...story, people, twins: makeTwins(people, story.start, addDays(filled, -1)) };
}

const morning = (day: string, seed: string) =>
  instantOf(day, new Random(seed).whole(7 * 60 + 30, 9 * 60)).toISOString();

function* installationsOf(twin: DemoTwin, filled: string): Generator<IngestRecord> {
  const random = new Random(`installations of ${twin.id}`);
  const places = twin.isShared ? (["slack", "web", "teams", "mobile"] as const) : ([twin.owner.home, "web"] as const);
  for (const platform of new Set(places)) {
    const since = addDays(twin.since, random.whole(0, 45));
    if (since > filled || !random.chance(0.86)) continue;
    const until = random.chance(0.12) ? addDays(since, random.whole(20, 120)) : null;
    const isWorkspace = platform === "slack" || platform === "teams";
    yield {
      type: "installation",
      twin: twin.id,
      platform,
      ...(isWorkspace && { workspace_id: platform === "slack" ? "T0ACME0001" : "acme-tenant", workspace_name: "Acme" }),
      installed_at: morning(since, `${twin.id} ${platform}`),
      ...(until !== null && until < filled && { uninstalled_at: instantOf(until, 17 * 60).toISOString() }),
    };
  }
}

/** People, twins and where these are installed. */
export function* worldRecords(acme: Acme, filled: string): Generator<IngestRecord> {
  for (const { id, name, email, department, timezone, joined } of acme.people)
    yield {
      type: "user",
      external_id: id,
      email,
      full_name: name,
      company: "Acme Corp",
      department,
      timezone,
      created_at: morning(joined, id),
    };
  for (const twin of acme.twins) {
    const random = new Random(`size of ${twin.id}`);
    const trained = twin.name === retrainedTwin ? acme.retrained : addDays(filled, -random.whole(1, 20));
    yield {
      type: "twin",
      external_id: twin.id,
      user: twin.owner.id,
      name: twin.name,
      description: twin.description,
      is_shared: twin.isShared,
      created_at: morning(twin.since, twin.id),
      last_trained_at: morning(trained, `${twin.id} trained`),
      document_count: random.whole(40, 900),
      email_count: twin.isShared ? 0 : random.whole(600, 9_000),
    };
    yield* installationsOf(twin, filled);
  }
}
