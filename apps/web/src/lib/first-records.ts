import { restPath } from "@twin/contracts/wire";

/** Ways to send the first records, in the order of their tabs. */
export const ways = { curl: "curl", typescript: "TypeScript", ndjson: "NDJSON", slack: "Slack export" } as const;
export type Way = keyof typeof ways;

export type Sender = {
  /** Where the dashboard answers, without a slash at the end. */
  origin: string;
  /** The organisation's. */
  slug: string;
  /** Who owns the twin of a Slack export. */
  email: string;
  /** An API key with `ingest.write`; null: a word stands for it. */
  key: string | null;
  now: Date;
};

/** The source that a key made on the page sends as, so that the same lines sent another way are the same records. */
export const firstSource = "first-activity";

/** The lines to copy, by way: each sends one person, their twin and a question, and runs as it is. */
export function linesOf({ origin, slug, email, key, now }: Sender): Record<Way, string> {
  const asked = now.toISOString().slice(0, 16) + ":00Z";
  const token = key ?? "YOUR_KEY";
  const records = [
    `{"type":"user","external_id":"u1","email":"sarah.chen@company.com","full_name":"Sarah Chen"}`,
    `{"type":"twin","external_id":"t1","user":"u1","name":"Sarah Chen, twin"}`,
    `{"type":"activity","external_id":"a1","user":"u1","twin":"t1","platform":"slack","activity_type":"query","started_at":"${asked}","query":{"query_text":"Where is the Q4 plan?","results_count":3}}`,
  ];
  const list = records.map((record) => `    ${record}`).join(",\n");
  const slack = `./twinctl import slack export.zip --org ${slug}`;
  return {
    curl: [
      `curl -X POST ${origin}${restPath}/ingest \\`,
      `  -H 'Authorization: Bearer ${token}' \\`,
      `  -H 'Content-Type: application/json' \\`,
      `  -d '{"records":[\n${list}]}'`,
    ].join("\n"),
    typescript: [
      "// first.ts; run it with: node first.ts",
      `const answer = await fetch("${origin}${restPath}/ingest", {`,
      `  method: "POST",`,
      `  headers: { authorization: "Bearer ${token}", "content-type": "application/json" },`,
      `  body: JSON.stringify({ records: [\n${list},\n  ] }),`,
      "});",
      "console.log(await answer.json());",
    ].join("\n"),
    ndjson: [`./twinctl import ndjson - --org ${slug} --source ${firstSource} <<'END'`, ...records, "END"].join("\n"),
    slack: [
      slack,
      "",
      "# It lists the bots that speak. Name those that are twins, and whose they are:",
      `${slack} --bot AskGPT=${email}`,
    ].join("\n"),
  };
}
