import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startEmbedded } from "@twin/db/postgres/embedded/embedded";
import { migrate } from "@twin/db/postgres/migrate";
import { failuresOf, fuzz, type Summary } from "./run.ts";

// npm run fuzz -- [--requests N] [--seed S] [--from INDEX] [--only INDEX]: hostile requests to an api of its own; 1 where
// something is found.

const say = (line: string) => process.stdout.write(`${line}\n`);
const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
    only: { type: "string" },
  },
});
const [requests, from] = [Number(values.requests), Number(values.only ?? values.from)];
const to = values.only === undefined ? requests : from + 1;
if (!Number.isSafeInteger(requests) || !Number.isSafeInteger(from)) {
  process.stderr.write("--requests, --from and --only take whole numbers\n");
  process.exit(2);
}

const dataDir = mkdtempSync(join(tmpdir(), "ai-twin-fuzz-"));
const server = await startEmbedded({ dataDir, durable: false });
for (const signal of ["SIGINT", "SIGTERM", "disconnect"] as const)
  process.on(signal, () => void server.stop().finally(() => process.exit(1)));
process.channel?.unref();
try {
  await migrate(server.url());
  const part = { from, to };
  const summary = await fuzz({ url: server.url(), requests, seed: values.seed, part, pages: true, say });
  report(summary);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

function report(summary: Summary): void {
  const { byStatus, found, slowest, late, peakBytes, perSecond } = summary;
  const count = (fault: string) => found.filter((one) => one.fault === fault).length;
  say(`${summary.requests} requests of seed ${values.seed}, ${perSecond} a second`);
  say(
    `answers: ${Object.entries(byStatus)
      .map(([status, times]) => `${status}: ${times}`)
      .join(", ")}`,
  );
  say(
    `500 and above: ${count("status")}; foreign: ${count("foreign")}; slower than 5 s: ${count("slow")} (among others ${late})`,
  );
  say(`no word: ${count("silence")}; errors of another form: ${count("form")}; of our inside: ${count("inside")}`);
  say(`slowest: ${Math.round(slowest.ms)} ms (request ${slowest.index}: ${slowest.target})`);
  say(`memory of the api at most: ${peakBytes === null ? "unknown" : `${Math.round(peakBytes / 1e6)} MB`}`);
  const failures = failuresOf(summary);
  if (failures.length > 0) process.exitCode = 1;
  say(failures.length > 0 ? `FAILED:\n${failures.join("\n")}` : "nothing found");
}
