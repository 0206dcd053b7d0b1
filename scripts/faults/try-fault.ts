import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Fault } from "./list.ts";

/**
 * What came of a fault. `noticed`: a test failed. `survived`: all tests that ran passed. `unclear`: no test ran, what it
 * breaks can't even be loaded or set up, or it ended in no time.
 */
export type Outcome = { end: "noticed" | "survived" | "unclear"; says: string };

/** Longer than any test may take. */
const mostMs = 240_000;

type Results = {
  testResults: {
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
};

/** `server`: to run on, or one of the test's own; `seed`: of what properties draw. */
type Options = { server: string | null; seed: string; clean: boolean; signal: AbortSignal };

/** Plants a fault in a copy of the checkout, runs its test and takes it out again; `clean`: without the fault. */
export async function tryFault(copy: string, fault: Fault, options: Options): Promise<Outcome> {
  const file = join(copy, fault.file);
  const sound = readFileSync(file, "utf8");
  if (!options.clean)
    writeFileSync(
      file,
      sound.replace(fault.find, () => fault.replace),
    );
  try {
    return await runTest(copy, fault, options);
  } finally {
    writeFileSync(file, sound);
  }
}

async function runTest(
  copy: string,
  { project, test, only }: Fault,
  { server, seed, signal }: Options,
): Promise<Outcome> {
  const results = join(copy, "fault-results.json");
  rmSync(results, { force: true });
  const vitest = join(dirname(createRequire(join(copy, "package.json")).resolve("vitest/package.json")), "vitest.mjs");
  const pattern = only === undefined ? [] : ["-t", only.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")];
  const child = spawn(
    process.execPath,
    [vitest, "run", "--project", project, test, ...pattern, "--reporter=json", `--outputFile.json=${results}`],
    {
      cwd: copy,
      stdio: "ignore",
      detached: true,
      env: { ...process.env, PROPERTY_SEED: seed, ...(server === null ? {} : { TEST_SERVER: server }) },
    },
  );
  const code = await end(child, signal);
  if (code === null) return { end: "unclear", says: `it took longer than ${mostMs / 1000} s` };
  let testResults: Results["testResults"];
  try {
    ({ testResults } = JSON.parse(readFileSync(results, "utf8")) as Results);
  } catch {
    return { end: "unclear", says: "vitest ended without results" };
  }
  const ran = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = ran.filter(({ status }) => status === "failed");
  if (failed.length > 0) {
    const [first] = failed as [(typeof failed)[number]];
    return { end: "noticed", says: `${first.fullName}: ${firstLine(first.failureMessages[0])}` };
  }
  const passed = ran.filter(({ status }) => status === "passed").length;
  if (code === 0 && passed > 0) return { end: "survived", says: `${passed} passed` };
  const broken = testResults.find(({ status }) => status === "failed");
  return { end: "unclear", says: broken ? `not a test: ${firstLine(broken.message)}` : "no test ran" };
}

const firstLine = (text = ""): string => (text.split("\n").find((line) => line.trim() !== "") ?? "").slice(0, 160);

/** Its exit code; null where it had to be killed. Whatever it started ends with it. */
function end(child: ChildProcess, signal: AbortSignal): Promise<number | null> {
  const kill = () => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // All of it is gone.
    }
  };
  return new Promise((done, failed) => {
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      kill();
    }, mostMs);
    signal.addEventListener("abort", kill);
    child.once("error", failed);
    child.once("exit", (code) => {
      clearTimeout(late);
      signal.removeEventListener("abort", kill);
      kill();
      done(isLate ? null : code);
    });
  });
}
