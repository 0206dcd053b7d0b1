import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { floors } from "../oxlint.config.ts";
import { readSources } from "./sources.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "packages", "db", "src");
const areaOf = (file: string) => relative(source, file).split(/[/\\]/)[0]!;

/** Area -> the areas that its files import, types too, in the order of the floors; tests may look anywhere. */
function readImports(): Record<string, string[]> {
  const arrows = new Map<string, Set<string>>(floors.map((area) => [area, new Set()]));
  for (const path of globSync("**/*.ts", { cwd: source, exclude: ["**/*.test.ts"] })) {
    const file = join(source, path);
    for (const [, target] of readFileSync(file, "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)) {
      const [from, to] = [areaOf(file), areaOf(join(dirname(file), target!))];
      if (from !== to && !to.startsWith("..")) arrows.get(from)?.add(to);
    }
  }
  return Object.fromEntries(
    [...arrows].map(([area, below]) => [area, floors.filter((other) => below.has(other)) as string[]]),
  );
}

const architecture = readFileSync(join(root, "docs", "ARCHITECTURE.md"), "utf8");

test("every file of packages/db lies in an area, and ARCHITECTURE draws the areas and what they import as they are", () => {
  const areas = new Set(globSync("**/*.ts", { cwd: source }).map((path) => areaOf(join(source, path))));
  expect([...areas].toSorted()).toEqual([...floors].toSorted());
  const drawn = [
    ...architecture
      .split("## Floors")[1]!
      .split("\n## ")[0]!
      .matchAll(/^\| `(\w+)` \|[^|]+\|([^|]*)\|$/gm),
  ];
  expect(drawn.map(([, area]) => area)).toEqual(floors);
  expect(Object.fromEntries(drawn.map(([, area, below]) => [area, below!.trim().split(" ").filter(Boolean)]))).toEqual(
    readImports(),
  );
});

test("files that the documents name are there", () => {
  const files = globSync(["{apps,packages,scripts,docs}/**/*.{ts,mjs,svelte,sql,md,json}", "*.{ts,md,json}"], {
    cwd: root,
    exclude: ["**/node_modules/**", "**/build/**", "**/.svelte-kit/**"],
  }).map((path) => `/${path.replaceAll("\\", "/")}`);
  const rooms: Record<string, string> = {
    db: "packages/db/src",
    contracts: "packages/contracts/src",
    api: "apps/api/src",
  };
  const isThere = (name: string) => {
    const [room, ...rest] = name.split("/");
    const there = rooms[room!] && [rooms[room!], ...rest].join("/");
    return (
      existsSync(join(root, name)) || files.some((file) => file.endsWith(`/${name}`) || (there && file === `/${there}`))
    );
  };
  const documents = globSync(["*.md", "docs/**/*.md"], { cwd: root });
  expect(documents.length).toBeGreaterThan(5);
  for (const document of documents) {
    const names = [
      ...readFileSync(join(root, document), "utf8").matchAll(/`([\w@./()[\]+-]+\.(?:ts|mjs|svelte|sql))`/g),
    ];
    for (const [, name] of names) expect(isThere(name!), `${document} names ${name}`).toBe(true);
  }
});

/** Where the time of the machine is meant, and why. */
const clocks: Record<string, string> = {
  "access/logins.ts": "lucia asks no time of its caller",
  "access/sign-in.ts": "counts of tries end by the limiter's own clock",
  "jobs/wait.ts": "how long it waits",
  "lifecycle/steps/activities.ts": "files are as old as their place says",
  "postgres/embedded/embedded.ts": "how long a server may take to start",
};

test("no verb has a clock of its own: the time is an argument, but where the machine's is meant", () => {
  const reading = globSync("**/*.ts", { cwd: source, exclude: ["**/*.test.ts"] })
    .filter((path) => /new Date\(\)|Date\.now\(\)/.test(readFileSync(join(source, path), "utf8")))
    .map((path) => path.replaceAll("\\", "/"));
  expect(reading.toSorted()).toEqual(Object.keys(clocks));
});

test("every exported function says what it does in a docstring before it", () => {
  const silent = ["packages", "apps"]
    .flatMap((folder) => [...readSources(`${folder}/*/src`).values()])
    .flatMap(({ declarations }) => declarations)
    .filter(({ isExported, isDocumented, parameters }) => isExported && parameters !== null && !isDocumented)
    .map(({ file, name }) => `${file} ${name}`);
  expect(silent).toEqual([]);
});

/** What Kit asks for in files of its own, by the name that it gives. */
const kits = new Set(["GET", "POST", "load", "actions"]);

test("an exported name means one thing in a package", () => {
  const declared = /^ *export (?:async )?(?:function\*?|const|class|type|interface) (\w+)/gm;
  const packages = ["packages/db", "packages/integrations", "packages/wording"];
  for (const room of [...packages, "apps/api", "apps/web", "apps/worker"]) {
    const filesOf = new Map<string, Set<string>>();
    for (const path of globSync(`${room}/src/**/*.{ts,svelte}`, { cwd: root, exclude: ["**/*.test.ts"] }))
      for (const [, name] of readFileSync(join(root, path), "utf8").matchAll(declared))
        if (!kits.has(name!)) filesOf.set(name!, (filesOf.get(name!) ?? new Set()).add(path.replaceAll("\\", "/")));
    const several = [...filesOf].filter(([, files]) => files.size > 1).map(([name, files]) => [name, ...files]);
    expect(several, "rename one of them").toEqual([]);
  }
});

test("what is typed into a field before the page's code has come is kept: no field that takes text or a tick has its value set", () => {
  const set: string[] = [];
  for (const path of globSync("apps/web/src/**/*.svelte", { cwd: root }))
    for (const [field] of readFileSync(join(root, path), "utf8").matchAll(/<(?:input|textarea)\b(?:=>|[^>])*>/g))
      if (
        /\s(?:value=\{(?!value\})|checked=\{)/.test(field) &&
        !/type="hidden"|\breadonly\b|\bonchange\b/.test(field) &&
        !/type="checkbox"(?![^]*\schecked=)/.test(field)
      )
        set.push(`${path}: ${field.replaceAll(/\s+/g, " ")}`);
  expect(set, "give it defaultValue or defaultChecked, or bind it").toEqual([]);
});
