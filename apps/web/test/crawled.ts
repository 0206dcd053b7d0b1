import { addDays } from "@twin/contracts/calendar";
import { connect } from "@twin/db/postgres/connect";
import { readJobsStatus } from "@twin/db/jobs/status";
import { inject } from "vitest";
import { makeOrganization, until } from "./organization.ts";

export type Crawled = {
  email: string;
  password: string;
  today: string;
  /** The day before a conversation's midnight. */ eve: string;
};

const zone = "Europe/Berlin";
const platforms = ["slack", "web", "teams"];
const departments = ["Engineering", "Sales", "Engineering", undefined, "Sales", "Engineering"];
const person = (at: number) => at % departments.length;

/** A time of day in the organisation's zone. */
const at = (day: string, time: string): string => {
  const guess = new Date(`${day}T${time}:00Z`);
  const [hours] = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "longOffset" })
    .formatToParts(guess)
    .flatMap(({ type, value }) => (type === "timeZoneName" ? Number(/[+-]\d\d/.exec(value)?.[0] ?? 0) : []));
  return new Date(guess.getTime() - hours! * 3_600_000).toISOString();
};

/** What one day holds: the further back, the less often; each kind of number differs from every other. */
function recordsOf(day: string, ago: number): object[] {
  const [user, other] = [`u${person(ago)}`, `u${person(ago + 1)}`];
  const common = { user, platform: platforms[ago % 3] };
  const message = (id: string, sender: string | null, created_at: string) => ({
    external_id: `${day}-${id}`,
    ...(sender ? { sender_type: "user", user: sender } : { sender_type: "twin" }),
    content: "…",
    created_at,
  });
  const activity = (id: string, type: string, time: string, more: object) => ({
    type: "activity",
    external_id: `${day}-${id}`,
    activity_type: type,
    started_at: at(day, time),
    twin: "t0",
    ...common,
    ...more,
  });
  return [
    // Begun before midnight, gone on after it, and somebody else wrote in it.
    activity("talk", "conversation", "23:50", {
      twin: `t${person(ago)}`,
      conversation: {
        title: "Over midnight",
        messages: [
          message("1", user, at(day, "23:50")),
          message("2", null, at(day, "23:51")),
          ...(ago > 1
            ? [
                message("3", other, at(addDays(day, 1), "00:20")),
                message("4", null, at(addDays(day, 1), "00:21")),
                message("5", user, at(addDays(day, 1), "00:22")),
              ]
            : []),
        ],
      },
    }),
    { type: "session", external_id: `s-${day}`, ...common, started_at: at(day, "08:00"), ended_at: at(day, "08:30") },
    activity("ask", "query", "08:05", {
      session: `s-${day}`,
      query: { query_text: "Where?", created_at: at(day, "08:05") },
    }),
    activity("draft", "document", "08:10", {
      session: `s-${day}`,
      document: { title: "Draft", created_at: at(day, "08:25") },
      ...(ago % 2 && { shared: { was_helpful: ago % 4 === 1 } }),
    }),
    activity("late", "query", "15:00", {
      platform: "web",
      query: { query_text: "And there?", created_at: at(day, "15:00") },
    }),
    ...(ago % 2
      ? [{ type: "feature", user: other, feature_name: "handoff", used_at: at(day, "09:00"), count: 1 + (ago % 3) }]
      : []),
  ];
}

/** A small organisation in which every figure differs from the others that it could be mistaken for, up to this minute. */
export async function makeCrawled(): Promise<Crawled> {
  const now = new Date();
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(now);
  const made = addDays(today, -120);
  const people = departments.flatMap((department, n) => [
    {
      type: "user",
      external_id: `u${n}`,
      email: `u${n}@crawled.example`,
      full_name: `Person ${n}`,
      ...(department && { department }),
      created_at: at(addDays(made, n * 17), "07:00"),
    },
    {
      type: "twin",
      external_id: `t${n}`,
      user: `u${n}`,
      name: `Twin ${n}`,
      is_shared: true,
      created_at: at(made, "07:00"),
    },
  ]);
  const away = Array.from({ length: 100 }, (_, ago) => ago).filter((ago) => ago < 40 || ago % 6 === 0);
  const isOver = (record: object) =>
    !("started_at" in record) || Date.parse(String(record.started_at)) < now.getTime() - 2_400_000;
  const records = away.flatMap((ago) => recordsOf(addDays(today, -ago), ago).filter(isOver));
  const db = connect(inject("databaseUrl"), { max: 2 });
  try {
    const { actor, email, password } = await makeOrganization(
      db,
      { slug: `crawled-${now.getTime().toString(36)}`, name: "Crawled", time_zone: zone },
      [...people, ...records],
    );
    await until("counted", async () => {
      const { days_waiting, queued, running } = await readJobsStatus(db, actor);
      return days_waiting + queued + running === 0;
    });
    return { email, password, today, eve: addDays(today, -3) };
  } finally {
    await db.close();
  }
}
