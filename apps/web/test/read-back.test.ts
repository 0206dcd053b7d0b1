import type { ActivityPage } from "@twin/contracts/activities";
import type { FeaturesAnswer } from "@twin/contracts/features";
import type { MetricsAnswer } from "@twin/contracts/metrics";
import type { RetentionAnswer } from "@twin/contracts/retention";
import type { TwinsAnswer } from "@twin/contracts/twins";
import type { UsersAnswer } from "@twin/contracts/users";
import { connect } from "@twin/db/postgres/connect";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { makeOrganization, until } from "./organization.ts";
import { type Reader, readAs, tableOf, textOf } from "./pages.ts";
import { addressOf, before, dayIn, records, today, zone } from "./read-back-history.ts";

// What pages say is what the API answers for the same days and filters. Pages are read as the server renders them.

let reader: Reader;
beforeAll(async () => {
  const db = connect(inject("databaseUrl"), { max: 2 });
  const made = await makeOrganization(db, { slug: "readback", name: "Read back", time_zone: zone }, records);
  await db.close();
  reader = await readAs(made);
  const last = { start_date: before(today, 3), end_date: today };
  await until("counted", async () => {
    const { queued, days_waiting } = await reader.call<{ queued: number; days_waiting: number }>("jobs.status", {});
    const { totals } = await reader.rest<MetricsAnswer>(`/api/metrics?${new URLSearchParams(last)}`);
    return queued === 0 && days_waiting === 0 && totals.total_conversations > 0;
  });
}, 240_000);

const number = (value: number | null) => (value === null ? "–" : value.toLocaleString("en-US"));
/** To whole per cent, as a page says a share that is neither near 0 nor near 1. */
const share = (value: number | null, digits = 0) => (value === null ? "–" : `${(value * 100).toFixed(digits)} %`);

/** Addresses of pages, and the same days and filters as REST takes them. */
const same: [page: string, rest: string][] = [
  ["", `start_date=${before(today, 27)}&end_date=${today}`],
  ["range=7d", `start_date=${before(today, 6)}&end_date=${today}`],
  ["range=yesterday", `start_date=${before(today, 1)}&end_date=${before(today, 1)}`],
  [
    `from=${before(today, 40)}&to=${before(today, 11)}`,
    `start_date=${before(today, 40)}&end_date=${before(today, 11)}`,
  ],
  ["range=28d&offset=-1", `start_date=${before(today, 55)}&end_date=${before(today, 28)}`],
  ["platform=slack,my_own", `start_date=${before(today, 27)}&end_date=${today}&platform=slack&platform=my_own`],
  ["platform_not=slack", `start_date=${before(today, 27)}&end_date=${today}&platform_not=slack`],
  ["department=Sales", `start_date=${before(today, 27)}&end_date=${today}&department=Sales`],
  ["department=(none)", `start_date=${before(today, 27)}&end_date=${today}&department=(none)`],
  [
    "department=R%26D%2C%20Labs&department=R%26D%2C%20Labs",
    `start_date=${before(today, 27)}&end_date=${today}&department=R%26D%2C%20Labs&department=R%26D%2C%20Labs`,
  ],
  ["department_not=Sales", `start_date=${before(today, 27)}&end_date=${today}&department_not=Sales`],
  [
    `user=${addressOf("Ann")}&range=91d`,
    `start_date=${before(today, 90)}&end_date=${today}&user=${encodeURIComponent(addressOf("Ann"))}`,
  ],
];

describe.each(same)("?%s", (page, asked) => {
  test("Overview", async () => {
    const [html, metrics, usage] = [
      await reader.html(`/?${page}`),
      await reader.rest<MetricsAnswer>(`/api/metrics?${asked}&compare=previous`),
      await reader.rest<FeaturesAnswer>(`/api/features/usage?${asked}`),
    ];
    const { totals, previous } = metrics;
    const tiles = textOf(/<nav class="kpis.*?<\/nav>/s.exec(html)![0]);
    const said = {
      "Active users": [totals.active_users, previous!.current.active_users, previous!.totals.active_users],
      Conversations: [
        totals.total_conversations,
        previous!.current.total_conversations,
        previous!.totals.total_conversations,
      ],
      Messages: [totals.total_messages, previous!.current.total_messages, previous!.totals.total_messages],
      Documents: [
        totals.total_documents_drafted,
        previous!.current.total_documents_drafted,
        previous!.totals.total_documents_drafted,
      ],
    };
    for (const [name, [value, current, earlier]] of Object.entries(said) as [string, [number, number, number]][]) {
      const tile = new RegExp(`${name} (.*?)(why\\?|Conversations|Messages|Documents|Helpful|$)`).exec(tiles)![1]!;
      expect(tile.split(" ")[0], `${name}: ${tile}`).toBe(number(value));
      const pair = [/([\d,]+) until yesterday/.exec(tile)?.[1], /was ([\d,]+)/.exec(tile)?.[1]];
      if (pair[0] !== undefined) expect(pair[0], tile).toBe(number(current));
      if (pair[1] !== undefined) expect(pair[1], tile).toBe(number(earlier));
      if (current > 0 && earlier > 0) expect(pair[1], tile).toBeDefined();
    }
    const text = textOf(html);
    for (const [platform, sessions] of Object.entries(totals.platform_breakdown)) {
      const name = { slack: "Slack", web: "Web", my_own: "My own" }[platform]!;
      expect(text).toContain(`${name} ${number(sessions as number)}`);
    }
    expect(text).toContain(`Sessions ${number(totals.total_sessions)} Mean length`);
    expect(text).toContain(`New users ${number(totals.new_users)}`);
    const names: Record<string, string> = {
      question_asked: "Question asked",
      info_retrieved: "Info retrieved",
      document_drafted: "Document drafted",
      shared_interaction: "Shared interaction",
    };
    for (const { feature_name, total_usage } of usage.features)
      expect(text).toContain(`${names[feature_name] ?? feature_name} ${number(total_usage)}`);
  });

  test("Activities, and their file", async () => {
    const [html, answer] = [
      await reader.html(`/activities?${page}`),
      await reader.rest<ActivityPage>(`/api/activities?${asked}`),
    ];
    const rows = tableOf(html, /^Time/)
      .slice(1)
      .filter((cells) => cells.length === 7);
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
    const length = (seconds: number | null) =>
      seconds === null ? "–" : seconds % 60 ? `${seconds} s` : `${seconds / 60} min`;
    const found = (results: number | null) =>
      results === null ? [] : [`${results} result${results === 1 ? "" : "s"}`];
    const type = (name: string) => name[0]!.toUpperCase() + name.slice(1);
    expect(rows).toEqual(
      answer.items.map((item) => [
        clock.format(new Date(item.started_at)),
        type(item.activity_type),
        item.title ?? [type(item.activity_type), ...found(item.results_count), item.twin_name].join(" · "),
        item.user_name,
        { slack: "Slack", web: "Web", my_own: "My own" }[item.platform],
        length(item.duration_seconds),
        number(item.message_count),
      ]),
    );
    expect(textOf(html)).toContain(`${number(answer.items.length)} of ${number(answer.total)}`);
    const csv = (await reader.html(`/activities/export.csv?${page}`)).trim().split("\r\n").slice(1);
    expect(csv).toHaveLength(answer.total);
    csv.slice(0, answer.items.length).forEach((line, at) => {
      const { id, started_at, message_count, platform } = answer.items[at]!;
      expect(line.startsWith(`${started_at},`), line).toBe(true);
      expect(line.endsWith(`,${message_count ?? ""},${id}`), line).toBe(true);
      expect(line).toContain(`,${platform},`);
    });
  });

  test("Features", async () => {
    const [html, { features }] = [
      await reader.html(`/features?${page}`),
      await reader.rest<FeaturesAnswer>(`/api/features/usage?${asked}`),
    ];
    const rows = tableOf(html, /^Uses of each feature/).slice(1);
    const used = rows.filter((cells) => cells[1] !== "0");
    expect(used).toHaveLength(features.length);
    features.forEach(({ total_usage, users, adoption }, at) => {
      const [, uses, , , people, each, , adopted] = used[at]!;
      expect([uses, people, each, adopted]).toEqual([
        number(total_usage),
        number(users),
        (total_usage / users).toFixed(1),
        share(adoption, 1),
      ]);
    });
  });

  test("Twins", async () => {
    const input = Object.fromEntries(new URLSearchParams(asked));
    const platform = new URLSearchParams(asked).getAll("platform");
    const department = new URLSearchParams(asked).getAll("department");
    const { twins } = await reader.call<TwinsAnswer>("twins.list", {
      ...input,
      ...(platform.length > 0 && { platform }),
      ...(department.length > 0 && { department: [...new Set(department)] }),
    });
    const rows = tableOf(await reader.html(`/twins?${page}`), /^Twins, with what they did/).slice(1);
    expect(rows.map((cells) => [cells[0], cells[2], cells[4], cells[5], cells[6]])).toEqual(
      twins.map((twin) => [
        twin.name,
        twin.is_shared ? "shared" : "private",
        number(twin.document_count),
        twin.installations === null ? "" : number(twin.installations),
        number(twin.activities),
      ]),
    );
    rows.forEach((cells, at) => {
      const { owner, helpful } = twins[at]!;
      const answers = helpful.yes + helpful.no;
      expect(cells[1]).toContain(owner!.name);
      if (answers) expect(cells[8]).toContain(`of ${number(answers)}`);
    });
  });
});

test("Users", async () => {
  for (const department of [undefined, "Sales"]) {
    const { users, total } = await reader.call<UsersAnswer>(
      "users.list",
      department ? { department: [department] } : {},
    );
    const html = await reader.html(`/users${department ? `?department=${department}` : ""}`);
    const rows = tableOf(html, /^People, active last first/).slice(1);
    const day = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      day: "numeric",
      month: "short",
      year: "numeric",
    });
    expect(rows.map((cells) => cells.slice(0, 5))).toEqual(
      users.map((one) => [one.name, one.email, one.department ?? "–", number(one.active_days), number(one.activities)]),
    );
    expect(rows.map((cells) => cells[5])).toEqual(
      users.map(({ last_active_at }) =>
        dayIn(new Date(last_active_at!)) === today
          ? expect.stringMatching(/^today, \d\d:\d\d$/)
          : day.format(new Date(last_active_at!)).replace(",", ""),
      ),
    );
    expect(textOf(html)).toContain(`${users.length} people of ${total}, active last first`);
  }
});

test.each([
  ["", ""],
  ["period=day&range=28d", ""],
  ["mode=recurring&match=on_or_after", ""],
  ["department=Sales", "&department=Sales"],
])("Retention: ?%s", async (page, filter) => {
  const params = new URLSearchParams(page);
  const period = params.get("period") ?? "week";
  const days = params.get("range") === "28d" ? 27 : 90;
  const [mode, match] = [params.get("mode") ?? "first", params.get("match") ?? "on"];
  const answer = await reader.rest<RetentionAnswer>(
    `/api/retention?start_date=${before(today, days)}&end_date=${today}&period=${period}&mode=${mode}&match=${match}${filter}`,
  );
  const html = await reader.html(`/retention?${page}`);
  const text = textOf(html);
  for (const [day, { rate, retained, eligible }] of [
    [1, answer.day_1],
    [7, answer.day_7],
    [30, answer.day_30],
  ] as const)
    expect(text).toContain(
      rate === null ? `Back on day ${day} –` : `Back on day ${day} ${share(rate)} ${retained} of ${eligible}`,
    );
  const [average, ...cohorts] = tableOf(html, /^Share of each cohort active again/).slice(1);
  expect(cohorts.map((cells) => cells[1])).toEqual(answer.cohorts.map(({ size }) => number(size)));
  answer.cohorts.forEach(({ size, cells }, row) => {
    if (size === 0) return;
    cells.slice(1).forEach(({ retained, complete }, at) => {
      const said = cohorts[row]![at + 2];
      if (complete) expect(said, `${row}, ${at}`).toBe(share(retained / size).slice(0, -2));
      else expect(said).toMatch(/^not complete until/);
    });
  });
  answer.average.slice(1).forEach(({ rate }, at) => {
    expect(average![at + 2]).toBe(rate === null ? `no complete ${period} yet` : share(rate).slice(0, -2));
  });
});
