// Plants the faults of the list one at a time and runs the test that has to notice each.
//   npm run faults [-- WORD …] [--lanes N] [--seed N] [--clean]
//   WORD: an area, or part of a fault's sentence or file; N: of the cases that properties draw, which are the same each time
import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startTestServer, type TestServer } from "../../packages/db/test/test-server.ts";
import { copyCheckout } from "./copy.ts";
import { type Fault, readFaults, whyNot } from "./list.ts";
import { type Outcome, tryFault } from "./try-fault.ts";

type Result = Outcome & { fault: Fault; seconds: number };

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    lanes: { type: "string", default: String(Math.min(2, availableParallelism())) },
    seed: { type: "string", default: "1" },
    clean: { type: "boolean", default: false },
  },
});
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
process.on("disconnect", () => stop.abort());

const matches = ({ area, fault, file }: Fault) =>
  positionals.length === 0 || positionals.some((word) => area === word || fault.includes(word) || file.includes(word));
const chosen = readFaults(root).filter(matches);
const stale = chosen.flatMap((fault) => {
  const why = whyNot(root, fault);
  return why === null ? [] : [{ fault, why }];
});
const testOf = ({ project, test, only }: Fault) => JSON.stringify([project, test, only]);
const isFirst = (fault: Fault, i: number, all: readonly Fault[]) =>
  !values.clean || all.findIndex((one) => testOf(one) === testOf(fault)) === i;
const left = chosen
  .filter((fault) => !stale.some((one) => one.fault === fault))
  .filter(isFirst)
  .sort(byProject);
const results: Result[] = [];

if (chosen.length === 0) console.log("No fault of the list is called so.");
await Promise.all(Array.from({ length: Math.min(Number(values.lanes), left.length) }, runLane));
const code = report();
// The channel to whoever started us would keep us.
process.exit(code);

/** What needs the whole stack first: it takes longest. */
function byProject(a: Fault, b: Fault): number {
  const order = ["browser", "db", "unit"];
  return order.indexOf(a.project) - order.indexOf(b.project);
}

/** One copy of the checkout and one server, for one fault after the other. */
async function runLane(): Promise<void> {
  const copy = await copyCheckout(root);
  let server: TestServer | null = null;
  try {
    for (let fault = left.shift(); fault && !stop.signal.aborted; fault = left.shift()) {
      const begun = performance.now();
      // What makes the template is planted there, too.
      const isOfTemplate = /^packages\/db\/(migrations|src\/(migrate|embedded))/.test(fault.file);
      if (fault.project === "db" && !isOfTemplate) server ??= await startTestServer();
      const url = fault.project === "db" && !isOfTemplate ? server!.url : null;
      const outcome = await tryFault(copy, fault, { ...values, server: url, signal: stop.signal });
      if (stop.signal.aborted) return;
      const seconds = (performance.now() - begun) / 1000;
      results.push({ ...outcome, fault, seconds });
      console.log(
        `${outcome.end.padEnd(8)} ${seconds.toFixed(0).padStart(3)} s  ${fault.area}: ${fault.fault}\n                 ${outcome.says}`,
      );
    }
  } finally {
    await server?.stop();
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Counts by area, then each fault that wants something done. @returns the exit code */
function report(): number {
  if (values.clean) return reportClean();
  console.log("");
  for (const area of new Set(results.map(({ fault }) => fault.area))) {
    const of = results.filter(({ fault }) => fault.area === area);
    const noticed = of.filter(({ end }) => end === "noticed").length;
    const seconds = of.reduce((sum, one) => sum + one.seconds, 0);
    console.log(`${area.padEnd(12)} ${noticed} of ${of.length} noticed (${seconds.toFixed(0)} s)`);
  }
  const survived = results.filter(({ end }) => end === "survived");
  const unclear = results.filter(({ end }) => end === "unclear");
  const unargued = survived.filter(({ fault }) => fault.argued === undefined);
  for (const { fault } of survived)
    console.log(
      `survived: ${fault.area}: ${fault.fault} (${fault.file})${fault.argued === undefined ? "" : ` - argued: ${fault.argued}`}`,
    );
  for (const { fault, says } of unclear) console.log(`unclear: ${fault.area}: ${fault.fault} (${fault.test}): ${says}`);
  for (const { fault, why } of stale) console.log(`no longer applies: ${fault.area}: ${fault.fault}: ${why}`);
  const noticed = results.length - survived.length - unclear.length;
  console.log(
    `${noticed} of ${results.length} faults noticed, ${survived.length} survived (${survived.length - unargued.length} argued), ${unclear.length} unclear, ${stale.length} no longer apply`,
  );
  return stop.signal.aborted || unargued.length + unclear.length + stale.length > 0 ? 1 : 0;
}

/** Without their faults all tests have to pass: else one that fails says nothing. */
function reportClean(): number {
  const broken = results.filter(({ end }) => end !== "survived");
  for (const { fault, says } of broken)
    console.log(`fails without the fault: ${fault.test} ${fault.only ?? ""}: ${says}`);
  console.log(`${results.length - broken.length} of ${results.length} pass without their fault`);
  return stop.signal.aborted || broken.length > 0 ? 1 : 0;
}
