import fc from "fast-check";
import { localTimeOf } from "./local-time.ts";

/** A history as senders would tell it: everything refers by index, times are minutes after `begin`. */
export type History = {
  zone: string;
  begin: string;
  /** Null where no sender says when they, or an installation, began. */
  people: { created: number | null; department: string | null }[];
  /** Twin `i` belongs to person `i`. */
  twins: number;
  sessions: NamedSession[];
  activities: Activity[];
  features: { user: number; name: string; at: number; count: number }[];
  installations: { twin: number; platform: string; from: number | null; until: number | null }[];
};
export type NamedSession = { user: number; twin: number | null; platform: string; at: number; minutes: number | null };
export type Message = { by: "twin" | number; at: number; seq: number | null; tokens: number | null };
export type Activity = {
  user: number;
  twin: number;
  platform: string;
  type: "conversation" | "query" | "document" | "shared";
  at: number;
  minutes: number | null;
  session: number | null;
  messages: Message[];
  /** Minutes from the activity to its document, query or shared interaction. */
  detailAfter: number;
  helpful: boolean | null;
};

/** Zones and moments that hurt: clocks that change by an hour or by half of one, half-hour offsets, ends of months and years. */
const places = [
  { zone: "Europe/Berlin", begin: "2026-03-27T20:00:00.000Z" },
  { zone: "Europe/Berlin", begin: "2025-10-24T20:00:00.000Z" },
  { zone: "America/New_York", begin: "2026-03-07T02:00:00.000Z" },
  { zone: "America/New_York", begin: "2025-12-30T22:00:00.000Z" },
  { zone: "Asia/Kolkata", begin: "2026-02-26T14:00:00.000Z" },
  { zone: "Australia/Lord_Howe", begin: "2026-04-03T10:00:00.000Z" },
  { zone: "America/Havana", begin: "2025-10-31T20:00:00.000Z" },
  // The clocks go back from 00:01 to 23:01 of the day before, once on the 1st of a month.
  { zone: "America/St_Johns", begin: "2009-10-31T01:00:00.000Z" },
  { zone: "America/St_Johns", begin: "2010-11-05T20:00:00.000Z" },
] as const;

const day = 1_440;
const people = 3;
const platform = fc.constantFrom("slack", "web");
/** Many within hours of each other, some on the days that retention asks for, some exactly at a midnight of the place. */
const momentAt = (place: (typeof places)[number]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 * 288 }).map((n) => n * 5) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 30 }).map((n) => 300 + n * 10) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(1, 5, 7, 30), fc.integer({ min: 0, max: 144 }))
        .map(([d, n]) => d * day + n * 10),
    },
    { weight: 1, arbitrary: fc.constantFrom(...midnightsOf(place)) },
  );

/** The minutes at which days begin, from `begin` on: among them those whose night changes the clocks. */
function midnightsOf({ zone, begin }: { zone: string; begin: string }): number[] {
  const local = localTimeOf(zone);
  const dayAt = (minute: number) => local(Date.parse(begin) + minute * 60_000).day;
  const minutes = Array.from({ length: 4 * 48 }, (_, n) => n * 30);
  return minutes.filter((minute) => dayAt(minute) !== dayAt(minute - 1));
}

/** On which side of what they hang on late records lie: a reach that one side alone asks for must hold on its own. */
type Lean = "before" | "after" | "both";
const lean = fc.oneof<fc.Arbitrary<Lean>[]>(
  fc.constant("before" as const),
  fc.constantFrom("before", "after", "both" as const),
);
const leaning = (side: Lean, offsets: readonly number[]) =>
  fc.constantFrom(
    ...(side === "before" ? [] : offsets),
    ...(side === "after" ? [] : offsets.map((offset) => 0 - offset)),
  );

const user = fc.integer({ min: 0, max: people - 1 });

const namedSessionAt = (moment: fc.Arbitrary<number>, side: Lean): fc.Arbitrary<NamedSession> =>
  fc.record({
    user,
    twin: fc.option(fc.integer({ min: 0, max: 1 })),
    platform,
    at: moment,
    minutes: fc.option(
      fc.oneof(
        fc.integer({ min: 0, max: 24 }).map((n) => n * 5),
        fc.constant(side === "before" ? 600 : 2 * day),
      ),
      { freq: 2 },
    ),
  });

const messageOf = (side: Lean) =>
  fc.record({
    by: fc.oneof<fc.Arbitrary<"twin" | number>[]>(fc.constant("twin" as const), fc.constant(-1), user),
    after: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: -1, max: 12 }).map((n) => n * 5) },
      { weight: 1, arbitrary: leaning(side, [600, 1_500, 3_000]) },
    ),
    seq: fc.option(fc.integer({ min: 0, max: 2 })),
    tokens: fc.option(fc.integer({ min: 0, max: 50 })),
  });

/** Beside which session an activity lies: how much of that went by, and so many minutes from there. */
const beside = fc.record({
  session: fc.nat({ max: 3 }),
  share: fc.constantFrom(0, 0.5, 1, 1),
  minutes: fc.constantFrom(0, 0, -5, 5),
  isNamed: fc.boolean(),
});

const activityAt = (moment: fc.Arbitrary<number>, side: Lean) =>
  fc.record({
    user,
    twin: fc.integer({ min: 0, max: 1 }),
    platform,
    type: fc.constantFrom("conversation", "conversation", "query", "document", "shared") as fc.Arbitrary<
      Activity["type"]
    >,
    at: moment,
    minutes: fc.option(fc.integer({ min: 0, max: 30 })),
    session: fc.option(fc.nat({ max: 3 }), { freq: 2 }),
    messages: fc.array(messageOf(side), { maxLength: 4 }),
    detailAfter: fc.oneof(fc.constantFrom(0, 0, 10), leaning(side, [10, day, 2 * day])),
    helpful: fc.option(fc.boolean()),
    beside: fc.option(beside, { freq: 2 }),
  });
type Drawn = ReturnType<typeof activityAt> extends fc.Arbitrary<infer A> ? A : never;

/** An activity of a session's user, where a session is that it lies beside. */
function placed({ beside: where, messages, ...drawn }: Drawn, sessions: readonly NamedSession[]): Activity {
  const at = where === null ? -1 : where.session % sessions.length;
  const s = sessions[at];
  const activity =
    where === null || s === undefined
      ? drawn
      : {
          ...drawn,
          user: s.user,
          twin: s.twin ?? drawn.twin,
          platform: s.platform,
          at: s.at + Math.round(where.share * (s.minutes ?? 60)) + where.minutes,
          session: where.isNamed ? at : null,
        };
  const said = messages.map(({ by, after, ...m }) => ({
    ...m,
    by: by === -1 ? activity.user : by,
    at: activity.at + after,
  }));
  return { ...activity, messages: activity.type === "conversation" ? said : [] };
}

/** What happened at one place, with late records on one side. An activity names only sessions of its own user. */
const historyAt = (place: (typeof places)[number], side: Lean): fc.Arbitrary<History> => {
  const moment = momentAt(place);
  const begun = fc.oneof(moment, fc.constantFrom(...midnightsOf(place)));
  return fc
    .record({
      people: fc.array(fc.record({ created: moment, department: fc.constantFrom("Engineering", "Product", null) }), {
        minLength: people,
        maxLength: people,
      }),
      sessions: fc.array(namedSessionAt(moment, side), { maxLength: 4 }),
      activities: fc.array(activityAt(moment, side), { minLength: 1, maxLength: 12 }),
      features: fc.array(
        fc.record({
          user,
          name: fc.constantFrom("calendar_lookup", "handoff"),
          at: moment,
          count: fc.integer({ min: 1, max: 3 }),
        }),
        { maxLength: 4 },
      ),
      installations: fc.uniqueArray(
        fc.record({ twin: fc.integer({ min: 0, max: 1 }), platform, from: begun, until: fc.option(begun) }),
        { maxLength: 3, selector: ({ twin, platform: on }) => `${twin} ${on}` },
      ),
    })
    .map(({ activities, ...rest }) => ({
      ...place,
      ...rest,
      twins: 2,
      activities: activities
        .map((drawn) => placed(drawn, rest.sessions))
        .map((a) => ({
          ...a,
          session: a.session !== null && isNamedBy(a, rest.sessions[a.session], side) ? a.session : null,
        })),
      features: [...new Map(rest.features.map((f) => [`${f.user} ${f.name} ${f.at}`, f])).values()],
      installations: rest.installations.map((i) => ({
        ...i,
        until: i.until !== null && i.until >= i.from ? i.until : null,
      })),
    }));
};
const isNamedBy = (a: Activity, s: NamedSession | undefined, side: Lean): boolean =>
  s?.user === a.user && (side !== "before" || Math.abs(s.at - a.at) <= day);

/** Random histories. */
export const history: fc.Arbitrary<History> = fc
  .tuple(fc.constantFrom(...places), lean)
  .chain(([place, side]) => historyAt(place, side));

/** The same histories, in which some people and installations have no time of their own. */
export const undated: fc.Arbitrary<History> = fc
  .tuple(history, fc.integer({ min: 0, max: 63 }))
  .map(([h, without]) => ({
    ...h,
    people: h.people.map((p, i) => ((without >> i) & 1 ? { ...p, created: null } : p)),
    installations: h.installations.map((i, at) => ((without >> (3 + at)) & 1 ? { ...i, from: null } : i)),
  }));

/** The instant of a minute of the history. */
export const instantOf = ({ begin }: History, minute: number): string =>
  new Date(Date.parse(begin) + minute * 60_000).toISOString();

/** After everything: what has ended has ended. */
export const afterAll = (h: History): Date => new Date(Date.parse(h.begin) + 40 * day * 60_000);

/** The history as ingest records, messages apart from their conversations. Names: u0, t0, s0, a0, a0m0. */
export function recordsOf(h: History): Record<string, unknown>[] {
  const at = (minute: number) => instantOf(h, minute);
  const email = (index: number) => `person${index}@history.example`;
  return [
    ...h.people.map((p, i) => ({
      type: "user",
      external_id: `u${i}`,
      email: email(i),
      full_name: `Person ${i}`,
      department: p.department,
      ...(p.created !== null && { created_at: at(p.created) }),
    })),
    ...Array.from({ length: h.twins }, (_, i) => ({
      type: "twin",
      external_id: `t${i}`,
      user: `u${i}`,
      name: `Twin ${i}`,
      created_at: at(0),
    })),
    ...h.sessions.map((s, i) => ({
      type: "session",
      external_id: `s${i}`,
      user: `u${s.user}`,
      twin: s.twin === null ? null : `t${s.twin}`,
      platform: s.platform,
      started_at: at(s.at),
      ended_at: s.minutes === null ? null : at(s.at + s.minutes),
    })),
    ...h.activities.map((a, i) => ({
      type: "activity",
      external_id: `a${i}`,
      user: `u${a.user}`,
      twin: `t${a.twin}`,
      activity_type: a.type,
      platform: a.platform,
      action_description: `a${i}`,
      started_at: at(a.at),
      ended_at: a.minutes === null ? null : at(a.at + a.minutes),
      ...(a.session !== null && { session: `s${a.session}` }),
      ...(a.type === "document" && { document: { title: "Draft", created_at: at(a.at + a.detailAfter) } }),
      ...(a.type === "query" && { query: { query_text: "Where?", created_at: at(a.at + a.detailAfter) } }),
      ...((a.type === "shared" || a.user !== a.twin) && {
        shared: { was_helpful: a.helpful, created_at: at(a.at + a.detailAfter) },
      }),
    })),
    ...h.activities.flatMap((a, i) =>
      a.messages.map((m, j) => ({
        type: "message",
        conversation: `a${i}`,
        external_id: `a${i}m${j}`,
        sender_type: m.by === "twin" ? "twin" : "user",
        ...(m.by !== "twin" && { user: `u${m.by}` }),
        created_at: at(m.at),
        seq: m.seq,
        token_count: m.tokens,
      })),
    ),
    ...h.features.map((f) => ({
      type: "feature",
      user: `u${f.user}`,
      feature_name: f.name,
      used_at: at(f.at),
      count: f.count,
    })),
    ...h.installations.map((i) => ({
      type: "installation",
      twin: `t${i.twin}`,
      platform: i.platform,
      ...(i.from !== null && { installed_at: at(i.from) }),
      uninstalled_at: i.until === null ? null : at(i.until),
    })),
  ];
}
