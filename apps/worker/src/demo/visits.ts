import type { IngestRecord, RecordOf } from "@twin/contracts/ingest";
import { dayOf, daysFrom, demoZone, instantOf, workload } from "./calendar.ts";
import type { DemoPerson, DemoTwin, Platform } from "./people.ts";
import { closings, fill, purposes, thanks, topics } from "./phrases.ts";
import { Random } from "./random.ts";
import { retrainedTwin, sharedAssistant, type Story, visitsOnWorkday } from "./story.ts";

/** Someone's visit to a twin; it is sent as a whole once it has ended. */
export interface Visit {
  endedAt: Date;
  records: IngestRecord[];
}

/** Acme over the days of its story. */
export interface Acme extends Story {
  people: DemoPerson[];
  twins: DemoTwin[];
}

const hours = [0, 0, 0, 0, 0, 1, 3, 12, 34, 52, 48, 38, 20, 30, 44, 42, 34, 22, 11, 6, 5, 4, 2, 1];
const devices: Record<Platform, string[]> = {
  slack: ["desktop", "desktop", "mobile"],
  web: ["desktop"],
  teams: ["desktop", "desktop", "tablet"],
  mobile: ["mobile"],
};
const agents: Partial<Record<Platform, string>> = {
  web: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
  mobile: "AcmeTwin/3.4 (iPhone; iOS 19.1)",
};

function startMinute(random: Random): number {
  const hour = Number(random.weighted(Object.fromEntries(hours.map((weight, at) => [String(at), weight]))));
  return hour * 60 + random.whole(0, 59);
}

function chooseTwin({ twins }: Acme, person: DemoPerson, day: string, random: Random): DemoTwin | null {
  const there = twins.filter(({ since }) => since <= day);
  const own = there.find(({ owner, isPersonal }) => isPersonal && owner === person);
  if (own && random.chance(person.loyalty)) return own;
  const assistant = there.find(({ name }) => name === sharedAssistant);
  if (assistant && random.chance(0.38)) return assistant;
  const shared = there.filter(({ isShared }) => isShared);
  const team = shared.filter(({ owner, isPersonal }) => !isPersonal && owner.department === person.department);
  if (team.length > 0 && random.chance(0.75)) return team[Math.floor(team.length * random.next() ** 1.6)]!;
  const asked = shared.find(({ name }) => name === retrainedTwin);
  if (asked && random.chance(0.4)) return asked;
  return shared.length > 0 ? random.pick(shared) : null;
}

/** The share of its rated answers that help. */
function helpfulness(acme: Acme, { id, name }: DemoTwin, day: string): number {
  if (name === retrainedTwin) return day < acme.retrained ? 0.88 : 0.46;
  return 0.76 + 0.18 * new Random(`helpful ${id}`).next();
}

const iso = (at: number) => new Date(at).toISOString();

function messages(
  id: string,
  person: DemoPerson,
  from: number,
  random: Random,
  words: Record<string, string>,
  lines: [string[], string[], string],
) {
  const [asks, answers, topic] = lines;
  const told: unknown[] = [];
  let at = from;
  const say = (sender_type: "user" | "twin", text: string) => {
    const external_id = `${id}-m${told.length + 1}`;
    told.push({
      external_id,
      sender_type,
      ...(sender_type === "user" && { user: person.id }),
      content: text,
      token_count: Math.ceil(text.length / 4) + (sender_type === "twin" ? random.whole(20, 180) : 0),
      created_at: iso(at),
    });
    at += (sender_type === "user" ? random.whole(3, 9) : random.whole(25, 140)) * 1000;
  };
  const turns = Math.min(asks.length, 1 + random.poisson(0.5));
  for (let turn = 0; turn < turns; turn++) {
    say("user", fill(asks[turn]!, random, words));
    say("twin", fill(answers[turn % answers.length]!, random, words));
  }
  if (random.chance(0.25)) {
    say("user", random.pick(thanks));
    if (random.chance(0.5)) say("twin", fill(random.pick(closings), random, { ...words, topic }));
  }
  return { told, last: Date.parse((told.at(-1) as { created_at: string }).created_at) };
}

/** One activity, begun at `from`; its end is the earliest start of the next one. */
function activity(
  acme: Acme,
  day: string,
  id: string,
  person: DemoPerson,
  twin: DemoTwin,
  platform: Platform,
  device: string,
  from: number,
  random: Random,
) {
  const words: Record<string, string> = {};
  const topic = random.pick(topics[random.chance(0.8) ? person.department : twin.owner.department]);
  const isForeign = twin.owner !== person;
  const activity_type = random.weighted({ ...person.leaning, shared: isForeign ? 6 : 0 });
  const title = fill(topic.title, random, words);
  const record: RecordOf<"activity"> = {
    type: "activity",
    external_id: id,
    user: person.id,
    twin: twin.id,
    activity_type,
    action_description: title,
    started_at: iso(from),
    platform,
    device_type: device,
  };
  let end = from + random.whole(20, 240) * 1000;
  if (activity_type === "conversation") {
    const { told, last } = messages(id, person, from, random, words, [topic.asks, topic.answers, topic.topic]);
    record.conversation = { title, topic: topic.topic, messages: told };
    end = last;
  } else if (activity_type === "query") {
    const count = random.whole(0, 9);
    const source = fill(topic.source, random, words);
    record.query = {
      query_text: fill(topic.query[0], random, words),
      query_type: topic.query[1],
      results_count: count,
      ...(count > 0 && {
        retrieved_info: fill(random.pick(topic.answers), random, words),
        sources: Array.from({ length: Math.min(count, 3) }, (_, at) => ({ title: source, section: at + 1 })),
      }),
    };
  } else if (activity_type === "document") {
    const paragraphs = [title, ...topic.answers].map((line) => fill(line, random, words));
    record.document = {
      title: fill(topic.document[0], random, words),
      document_type: topic.document[1],
      content: paragraphs.join("\n\n"),
      ...(random.chance(0.45) && { exported_at: iso(end) }),
    };
  }
  if (isForeign) {
    const isHelpful = random.chance(0.5) ? random.chance(helpfulness(acme, twin, day)) : null;
    record.shared = {
      interaction_purpose: random.pick(purposes),
      interaction_summary: `Asked ${twin.name} about ${title}.`,
      ...(isHelpful !== null && { was_helpful: isHelpful }),
    };
  }
  record.ended_at = iso(end);
  return { record, end };
}

function visit(acme: Acme, person: DemoPerson, day: string, id: string, random: Random, start: number): Visit | null {
  const twin = chooseTwin(acme, person, day, random);
  if (!twin) return null;
  const platform = random.chance(0.8)
    ? person.home
    : random.weighted<Platform>({ slack: 5, web: 4, teams: 2, mobile: 3 });
  if (day === acme.outage && platform === "slack" && !random.chance(0.03)) return null;
  const device = random.pick(devices[platform]);
  // Slack and Teams send no sessions: those are derived.
  const session = platform === "web" || platform === "mobile" ? `${id}-s` : null;
  const records: IngestRecord[] = [];
  let begins = start;
  const count = 1 + random.poisson(0.35);
  for (let part = 1; part <= count; part++) {
    const { record, end } = activity(acme, day, `${id}-a${part}`, person, twin, platform, device, begins, random);
    records.push(session === null ? record : { ...record, session });
    begins = end + random.whole(10, 300) * 1000;
  }
  const last = Math.max(...records.map((record) => Date.parse((record as RecordOf<"activity">).ended_at!)));
  const endedAt = last + random.whole(5, 90) * 1000;
  const at = daysFrom(acme.start, day);
  for (const { name, chance, from, until } of person.tastes)
    if (at >= from && at < until && random.chance(chance))
      records.push({
        type: "feature",
        external_id: `${id}-${name}`,
        user: person.id,
        feature_name: name,
        used_at: iso(last),
        count: random.whole(1, 3),
      });
  if (session !== null)
    records.unshift({
      type: "session",
      external_id: session,
      user: person.id,
      twin: twin.id,
      platform,
      device_type: device,
      started_at: iso(start),
      ended_at: iso(endedAt),
      interaction_count: count,
      ip_address: `203.0.113.${random.whole(1, 254)}`,
      user_agent: agents[platform]!,
    });
  return { endedAt: new Date(endedAt), records };
}

const isThere = (person: DemoPerson, day: string) =>
  person.joined <= day && (person.left === null || person.left > day);

/** Every visit of a local day (`Europe/Berlin`), in order of their ends; the same day always gives the same ones. */
export function visitsOf(acme: Acme, day: string): Visit[] {
  // Without Slack the others had less to ask about.
  const busy = workload(day) * (day === acme.outage ? 0.75 : 1);
  const visits: Visit[] = [];
  for (const person of acme.people) {
    if (!isThere(person, day)) continue;
    const random = new Random(`${demoZone} ${day} ${person.id}`);
    const usual = visitsOnWorkday(person.habit, daysFrom(person.joined, day)) * busy;
    // Everyone tries it on the day on which they get it.
    const count = Math.max(random.poisson(usual), person.joined === day ? 1 : 0);
    for (let number = 1; number <= Math.min(count, 6); number++) {
      const start = instantOf(day, startMinute(random)).getTime() + random.whole(0, 59_999);
      const one = visit(acme, person, day, `${day}-${person.id}-${number}`, random, start);
      if (one) visits.push(one);
    }
  }
  return visits.toSorted((a, b) => a.endedAt.getTime() - b.endedAt.getTime());
}

/**
 * A visit beside the usual ones that ends in this minute, so that a viewer sees something happen; null in most minutes. It
 * depends on the minute alone, so that one minute never gives two visits.
 */
export function visitEndingAt(acme: Acme, now: Date): Visit | null {
  const day = dayOf(now);
  const minute = Math.floor(now.getTime() / 60_000);
  const seed = `minute ${minute}`;
  const random = new Random(seed);
  const hour = Math.floor((now.getTime() - instantOf(day, 0).getTime()) / 3_600_000);
  if (!random.chance(0.1 + 0.22 * ((hours[hour] ?? 0) / 52))) return null;
  const person = random.pick(acme.people.filter((one) => one.habit === "daily" && isThere(one, day)));
  const id = `${day}-minute-${minute}`;
  // Made twice from the same numbers: once for its length, then so that it ends now.
  const from = minute * 60_000;
  const length = visit(acme, person, day, id, new Random(id), from)?.endedAt.getTime();
  return length === undefined ? null : visit(acme, person, day, id, new Random(id), from - (length - from));
}
