import { restPath, trpcPath } from "@twin/contracts/wire";
import { limits } from "@twin/contracts/vocabulary";
import type { Asker, World } from "./callers.ts";
import { Random } from "./random.ts";
import { knownOf, type Procedure, type Targets } from "./targets.ts";
import { hostile, jsonOf, type Known, spoil, valid, wordOf } from "./values.ts";
import { distort, type Draft, encode } from "./wire.ts";
import { malform } from "./malformed.ts";

export type Request = Draft & {
  index: number;
  asker: Asker;
  /** A call of the API, whose errors have a form; not a page. */
  kind: "api" | "page" | "malformed";
  /** Procedures that it is meant for, or a path. */
  target: string;
  /** Its answer may have no end. */
  isStream: boolean;
  /** Bytes to be sent as they are, instead of a request that a client would make. */
  raw?: Buffer;
};

type Made = Pick<Request, "kind" | "target"> & Draft & { isStream?: boolean; raw?: Buffer };

const json = { "content-type": "application/json" };
const isRead = ({ type }: Procedure): boolean => type !== "mutation";

/**
 * Makes the requests of a run. Each follows from the seed and its number alone, with the ids and credentials of this
 * run's organisations in it.
 */
export class Requests {
  readonly #seed: string;
  readonly #targets: Targets;
  readonly #world: World;
  readonly #own: Known;
  readonly #all: Known;

  constructor(seed: string, targets: Targets, world: World) {
    this.#seed = seed;
    this.#targets = targets;
    this.#world = world;
    this.#own = knownOf(targets, [world.b]);
    this.#all = knownOf(targets, [world.b, world.a]);
  }

  make(index: number): Request {
    const random = new Random(`${this.#seed}:${index}`);
    const asker = random.pick(this.#world.askers);
    const { dashboard } = this.#targets;
    const made = random.weigh<() => Made>([
      [50, () => this.#call(random)],
      [6, () => this.#batch(random)],
      [22, () => this.#rest(random)],
      [5, () => this.#plain(random)],
      [2, () => malform(random, asker.headers)],
      ...(dashboard ? ([[15, () => this.#page(random)]] as const) : []),
    ])();
    const isDistorted = made.kind !== "malformed" && random.chance(0.22);
    const draft = isDistorted ? { ...made, ...distort(random, made) } : made;
    return { ...draft, index, asker, isStream: draft.isStream ?? false, said: `${draft.said} ${draft.path}` };
  }

  /**
   * An input: of the procedure's case, or made from its schema, and mostly spoilt. Foreign ids go where nothing that was
   * sent is kept, or B would rightly find what it sent itself.
   */
  #input(random: Random, procedure: Procedure): unknown {
    const { a, b } = this.#world;
    const make = random.weigh<() => unknown>([
      [4, () => procedure.input(b)],
      [2, () => procedure.input(a)],
      [5, () => valid(random, procedure.schema, isRead(procedure) ? this.#all : this.#own)],
    ]);
    let input = make();
    for (
      let left = random.weigh([
        [3, 0],
        [5, 1],
        [2, 3],
      ]);
      left > 0;
      left--
    )
      input = spoil(random, input);
    return input;
  }

  #call(random: Random): Made {
    const procedure = random.pick(this.#targets.procedures);
    const { name, type } = procedure;
    const text = jsonOf(this.#input(random, procedure));
    const target = { kind: "api", target: name } as const;
    const path = `${trpcPath}/${name}`;
    if (type === "mutation" || random.chance(0.03))
      return { ...target, method: "POST", path, headers: json, body: Buffer.from(text), said: text };
    const headers: Record<string, string> = type === "subscription" ? { accept: "text/event-stream" } : {};
    const isStream = type === "subscription";
    return { ...target, method: "GET", path: inAddress(path, text), headers, said: text, isStream };
  }

  #batch(random: Random): Made {
    const kind = random.chance(0.5) ? "query" : "mutation";
    const choice = this.#targets.procedures.filter(({ type }) => type === kind || random.chance(0.01));
    const count = random.weigh([
      [6, random.int(1, 4)],
      [2, limits.batchCalls],
      [1, limits.batchCalls + 1],
      [0.3, 300],
    ]);
    const calls = Array.from({ length: count }, () => random.pick(choice));
    const names = calls.map(({ name }) => name).join(",");
    const inputs = calls.map((procedure, place) => `"${place}":${jsonOf(this.#input(random, procedure)) || "null"}`);
    const text = `{${inputs.join(",")}}`;
    const path = `${trpcPath}/${names}?batch=1`;
    const headers: Record<string, string> = random.chance(0.2) ? { "trpc-accept": "application/jsonl" } : {};
    const target = { kind: "api", target: names.slice(0, 200) } as const;
    if (kind === "query") return { ...target, method: "GET", path: inAddress(path, text), headers, said: text };
    return { ...target, method: "POST", path, headers: { ...headers, ...json }, body: Buffer.from(text), said: text };
  }

  #rest(random: Random): Made {
    const procedure = random.pick(this.#targets.procedures.filter(({ route }) => route));
    const { method, path } = procedure.route!;
    const input = this.#input(random, procedure);
    const target = { kind: "api", target: `${method} ${path}` } as const;
    if (method === "GET") {
      const said = jsonOf(input);
      const fields = typeof input === "object" && input !== null ? { ...input } : { input };
      return { ...target, method, path: fill(random, path, fields as Record<string, unknown>), headers: {}, said };
    }
    const { records } = (input ?? {}) as { records?: unknown };
    const isLines = Array.isArray(records) && random.chance(0.4);
    const text = isLines ? records.map(jsonOf).join("\n") : jsonOf(input);
    const headers = isLines ? { "content-type": "application/x-ndjson" } : json;
    return { ...target, method, path, headers, body: Buffer.from(text), said: text };
  }

  #plain(random: Random): Made {
    const { method, path } = random.pick(this.#targets.plain);
    const filled = path.replaceAll(/:(\w+)/g, () => encode(this.#parameter(random)));
    const query = random.chance(0.3) ? `?${encode(wordOf(hostile(random))).slice(0, 4_000)}` : "";
    return { kind: "api", target: `${method} ${path}`, method, path: filled + query, headers: {}, said: "" };
  }

  #page(random: Random): Made {
    const { pages, actions, fields, queries } = this.#targets.dashboard!;
    const page = random.pick(pages);
    const filled = page.replaceAll(/\[(\w+)\]/g, () => encode(this.#parameter(random)));
    const target = { kind: "page", target: page, said: "" } as const;
    const some = (names: readonly string[], known: Known) =>
      Array.from({ length: random.int(0, 4) }, () => {
        const name = random.pick(names);
        return [name, this.#word(random, known, name)] as const;
      });
    if (random.chance(0.65)) {
      const data = random.chance(0.2) ? (filled === "/" ? "__data.json" : "/__data.json") : "";
      const pairs = some([...queries, ...this.#all.keys()], this.#all);
      const query = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
      return { ...target, method: "GET", path: `${filled}${data}?${query}`, headers: { accept: "text/html" } };
    }
    const pairs = some([...fields, ...this.#own.keys()], this.#own);
    const path = random.chance(0.85) ? `${filled}?/${random.pick(actions)}` : filled;
    const accept = random.pick(["text/html", "application/json"]);
    const isAction: Record<string, string> = accept === "text/html" ? {} : { "x-sveltekit-action": "true" };
    const form = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
    const multipart = pairs.map(
      ([name, value]) => `--x\r\ncontent-disposition: form-data; name="${encode(name)}"\r\n\r\n${value}\r\n`,
    );
    const [type, text] = random.chance(0.7)
      ? ["application/x-www-form-urlencoded", form]
      : ["multipart/form-data; boundary=x", `${multipart.join("")}--x--\r\n`];
    const headers = { accept, "content-type": type, ...isAction };
    return { ...target, target: path, method: "POST", path, headers, body: Buffer.from(text), said: text };
  }

  /** What may stand in a path in the place of an id. */
  #parameter(random: Random): string {
    const { a, b } = this.#world;
    const ids = random.pick([a, b]).ids;
    return random.weigh<() => string>([
      [6, () => random.pick([ids.user, ids.activities[0]!, ids.twin, ids.hold])],
      [2, () => wordOf(hostile(random)).slice(0, 2_000)],
      [1, () => "support"],
    ])();
  }

  #word(random: Random, known: Known, name: string): string {
    const given = known.get(name);
    if (given && random.chance(0.5)) return wordOf(random.pick(given));
    const text = random.chance(0.4) ? valid(random, { type: "string", format: "date" }, known) : hostile(random);
    return wordOf(text).slice(0, 4_000);
  }
}

/** The address with an input, as far as an address may be long: what is longer has only the answer that it is too long. */
const inAddress = (path: string, text: string): string =>
  `${path}${path.includes("?") ? "&" : "?"}input=${encode(text.slice(0, 12_000))}`.slice(0, 15_000);

/** A path with its parameters, and what else there is as its query. */
function fill(random: Random, path: string, fields: Record<string, unknown>): string {
  const rest = new Map(Object.entries(fields));
  const textOf = (value: unknown) => wordOf(value).slice(0, 3_000);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    return encode(textOf(value ?? hostile(random)));
  });
  const pairs = [...rest].flatMap(([name, value]) =>
    (Array.isArray(value) ? value.slice(0, 200) : [value]).map((one) => `${encode(name)}=${encode(textOf(one))}`),
  );
  return pairs.length > 0 ? `${filled}?${pairs.join("&")}`.slice(0, 15_000) : filled;
}

/** Whether a path is the API's own. */
export const isApiPath = (path: string): boolean =>
  new RegExp(`^(${trpcPath}|${restPath}|/docs|/healthz|/readyz)(/|\\?|$)`).test(path);
