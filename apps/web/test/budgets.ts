import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pageAt, pages } from "../src/lib/pages.ts";

// What a first visit may weigh, gzip, in kilobytes.
const budgets = { signIn: 28, table: 95, chart: 165, next: 20, css: 15, fonts: 60 };

const isBelow = (path: string) => path !== "/" && path.endsWith("/");

type Chunk = { file: string; src?: string; imports?: string[]; css?: string[]; assets?: string[] };
type Manifest = Record<string, Chunk>;

const root = join(import.meta.dirname, "..");
const client = join(root, ".svelte-kit/output/client");
const sizes = new Map<string, number>();
const weigh = (file: string): number => {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(client, file)), { level: 9 }).length / 1000);
  return sizes.get(file)!;
};

/** Everything that a set of entries loads before it can be used; what is imported later doesn't count. */
function closure(manifest: Manifest, entries: string[]): { js: Set<string>; css: Set<string> } {
  const found = { js: new Set<string>(), css: new Set<string>() };
  const visit = (key: string) => {
    const chunk = manifest[key];
    if (!chunk || found.js.has(chunk.file)) return;
    if (chunk.file.endsWith(".js")) found.js.add(chunk.file);
    for (const sheet of chunk.css ?? []) found.css.add(sheet);
    for (const next of chunk.imports ?? []) visit(next);
  };
  entries.forEach(visit);
  return found;
}

/** Weighs the built dashboard against its budgets: name, kilobytes, limit. */
export function weighPages(): { name: string; kilobytes: number; limit: number }[] {
  const manifest = JSON.parse(readFileSync(join(client, ".vite/manifest.json"), "utf8")) as Manifest;
  const keys = Object.keys(manifest);
  const start = keys.filter((key) => /\/runtime\/client\/(client-)?entry\.js$|client-optimized\/app\.js$/.test(key));
  // A node of Kit is named by a number; the file that it was built from names the component.
  const nodes = keys.filter((key) => /\/nodes\/\d+\.js$/.test(key));
  const nodeOf = (component: string) =>
    nodes.find((key) => readFileSync(join(root, key), "utf8").includes(`/${component}"`)) ??
    fail(`${component} is not in the build`);
  const page = (...parts: string[]) => closure(manifest, [...start, ...parts.map(nodeOf)]);
  const sum = (files: Set<string>) => [...files].reduce((all, file) => all + weigh(file), 0);

  const shell = ["src/routes/+layout.svelte", "src/routes/(app)/+layout.svelte"];
  // Those below a page by their route: what stands in brackets is part of an address.
  const below = ["activities/[id]", "features/[name]", "twins/[id]", "users/[id]", "users/[id]/privacy"];
  const weighed = [
    ...pages.flatMap(({ path, name, budget }) => (isBelow(path) ? [] : [{ name, route: path.slice(1), budget }])),
    ...below.map((route) => ({ name: route, route, budget: pageAt(`/${route}`).budget })),
  ].map(({ name, route, budget }) => {
    const layout = route.startsWith("users/[id]") ? ["src/routes/(app)/users/[id]/+layout.svelte"] : [];
    const folder = route ? `src/routes/(app)/${route}` : "src/routes/(app)";
    return { name, budget, ...page(...shell, ...layout, `${folder}/+page.svelte`) };
  });
  const first = weighed[0]!;
  const fonts = keys.filter((key) => key.endsWith("-latin-wght-normal.woff2")).map((key) => manifest[key]!.file);
  const bytes = (file: string) => readFileSync(join(client, file)).length / 1000;
  return [
    { name: "sign-in, JavaScript", kilobytes: weigh("sign-in.js"), limit: budgets.signIn },
    ...weighed.map(({ name, js, budget }) => ({
      name: `${name}, JavaScript`,
      kilobytes: sum(js),
      limit: budgets[budget ?? "table"],
    })),
    // After the Overview, which most people see first.
    ...weighed.map(({ name, js }) => ({
      name: `${name}, JavaScript beyond the ${first.name}’s`,
      kilobytes: sum(js.difference(first.js)),
      limit: budgets.next,
    })),
    ...weighed.map(({ name, css }) => ({ name: `${name}, CSS`, kilobytes: sum(css), limit: budgets.css })),
    {
      name: "fonts of a Latin page",
      kilobytes: fonts.reduce((all, file) => all + bytes(file), 0),
      limit: budgets.fonts,
    },
  ];
}

function fail(message: string): never {
  throw new Error(message);
}
