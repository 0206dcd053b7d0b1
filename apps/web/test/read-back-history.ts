// A history in which no two numbers of a page are meant to be the same, and the days that it lies in.

/** Its days are not those of the machine, and none ends while the tests run. */
export const zone = ["Pacific/Auckland", "America/Los_Angeles"].find(
  (one) => new Intl.DateTimeFormat("en-GB", { timeZone: one, hour: "2-digit" }).format(new Date()) !== "23",
)!;
export const dayIn = (instant: Date) =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(instant);
export const before = (day: string, days: number) =>
  new Date(Date.parse(`${day}T00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
const now = new Date();
export const today = dayIn(now);
const ago = (days: number, minutes = 0) => new Date(now.getTime() - days * 86_400_000 - minutes * 60_000).toISOString();

const people = [
  { name: "Ann", since: 75, department: "Sales", every: 3 },
  { name: "Ben", since: 52, department: "Sales", every: 17 },
  { name: "Cem", since: 24, department: "R&D, Labs", every: 7 },
  { name: "Dee", since: 13, department: null, every: 11 },
];
export const addressOf = (name: string) => `${name.toLowerCase()}@readback.example`;
const platforms = ["slack", "web", "my_own"];

/** Everyone every so many days, of all types, on all platforms. */
export const records: unknown[] = [
  ...people.map(({ name, department }) => ({
    type: "user",
    email: addressOf(name),
    full_name: `${name} O'Hara`,
    ...(department && { department }),
    created_at: ago(80),
  })),
  ...people.slice(0, 2).map(({ name }, at) => ({
    type: "twin",
    external_id: `t${at}`,
    user: addressOf(name),
    name: `${name}'s Twin`,
    is_shared: at === 0,
    created_at: ago(80),
    last_trained_at: ago(at === 0 ? 2 : 60),
    document_count: 1200 + at,
  })),
  { type: "installation", twin: "t0", platform: "slack", installed_at: ago(70) },
];
people.forEach(({ name, since, every }, person) => {
  for (let day = 1; day < since; day += every) {
    const external_id = `${name}-${day}`;
    const platform = platforms[(day + person) % 3];
    const activity = { type: "activity", user: addressOf(name), twin: `t${day % 2}`, platform, session: external_id };
    const messages = Array.from({ length: 1 + (day % 4) }, (_, at) => ({
      external_id: `${external_id}-${at}`,
      sender_type: at % 2 ? "twin" : "user",
      content: "text",
      created_at: ago(day, -at),
    }));
    records.push(
      {
        type: "session",
        external_id,
        user: addressOf(name),
        platform,
        started_at: ago(day, 5),
        ended_at: ago(day, -37),
      },
      {
        ...activity,
        external_id: `${external_id}-c`,
        activity_type: "conversation",
        started_at: ago(day),
        ended_at: ago(day, -5),
        conversation: { title: `Plan <${day}> & "more"`, messages },
      },
    );
    if (day % 2)
      records.push({ ...activity, external_id: `${external_id}-q`, activity_type: "query", started_at: ago(day, 1) });
    if (day % 3 === 1)
      records.push({
        ...activity,
        external_id: `${external_id}-d`,
        activity_type: "document",
        started_at: ago(day, 2),
        document: { title: "Note", content: "text" },
      });
    if (day % 4 === 1)
      records.push({
        ...activity,
        twin: "t0",
        external_id: `${external_id}-s`,
        activity_type: "shared",
        started_at: ago(day, 3),
        shared: { interaction_purpose: "help", was_helpful: day % 8 === 1 },
      });
    records.push({ type: "feature", user: addressOf(name), feature_name: "hand_off", used_at: ago(day) });
  }
});
