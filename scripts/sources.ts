import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "vitest/node";

// What sources declare, for the tests of the house's rules.

type Node = { type: string; start: number; end: number; [key: string]: unknown };

/** A function or constant at the top of a file. */
export type Declaration = {
  /** From the root of the repository, with slashes. */
  file: string;
  name: string;
  isExported: boolean;
  /** Whether a docstring stands directly before it. */
  isDocumented: boolean;
  /** As it is written; null for what is no function. */
  parameters: string | null;
  isAsync: boolean;
  /** Names that its body mentions as values. */
  mentions: Set<string>;
  /** Texts of its strings and templates. */
  texts: string[];
};

type Source = {
  declarations: Declaration[];
  /** Name in this file -> the file below the root that it comes from, and its name there. */
  imported: Map<string, { file: string; name: string }>;
};

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value;

/** Goes through a node and what is in it, but not through types. */
function walk(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const [key, value] of Object.entries(node)) {
    if (/^(typeAnnotation|typeParameters|typeArguments|returnType)$/.test(key)) continue;
    const isName = (key === "property" || key === "key") && node["computed"] !== true;
    if (isName && isNode(value) && value.type === "Identifier") continue;
    for (const one of Array.isArray(value) ? value : [value]) if (isNode(one)) walk(one, see);
  }
}

function declarationOf(file: string, text: string, outer: Node, name: string, inner: Node): Declaration {
  const isFunction = /Function/.test(inner.type);
  const parameters = (inner["params"] ?? []) as Node[];
  const declared: Declaration = {
    file,
    name,
    isExported: outer.type === "ExportNamedDeclaration",
    isDocumented: /\/\*\*(?:(?!\*\/)[^])*\*\/\s*$/.test(text.slice(0, outer.start)),
    parameters: isFunction ? text.slice(parameters[0]?.start ?? 0, parameters.at(-1)?.end ?? 0) : null,
    isAsync: false,
    mentions: new Set(),
    texts: [],
  };
  const returned = inner["returnType"] as Node | null;
  declared.isAsync =
    isFunction &&
    (inner["async"] === true ||
      (isNode(returned) && /\b(Promise|Async\w+)</.test(text.slice(returned.start, returned.end))));
  walk(inner, (node) => {
    if (node.type === "Identifier") declared.mentions.add(node["name"] as string);
    if (node.type === "Literal" && typeof node["value"] === "string") declared.texts.push(node["value"]);
    if (node.type === "TemplateLiteral") {
      const parts = node["quasis"] as { value: { cooked: string } }[];
      declared.texts.push(parts.map(({ value }) => value.cooked).join("§"));
    }
  });
  return declared;
}

function readSource(file: string): Source {
  const text = readFileSync(join(root, file), "utf8");
  const source: Source = { declarations: [], imported: new Map() };
  for (const outer of parseAst(text, { lang: "ts" }).body as unknown as Node[]) {
    if (outer.type === "ImportDeclaration" && outer["importKind"] !== "type") {
      const from = (outer["source"] as { value: string }).value;
      if (!from.startsWith(".")) continue;
      const target = join(dirname(file), from).replaceAll("\\", "/");
      for (const one of outer["specifiers"] as { local: { name: string }; imported?: { name: string } }[])
        source.imported.set(one.local.name, { file: target, name: one.imported?.name ?? "default" });
    }
    const inner = (outer.type.startsWith("Export") ? outer["declaration"] : outer) as Node | null;
    if (inner?.type === "FunctionDeclaration" || inner?.type === "ClassDeclaration")
      source.declarations.push(declarationOf(file, text, outer, (inner["id"] as { name: string }).name, inner));
    if (inner?.type === "VariableDeclaration")
      for (const one of inner["declarations"] as { id: Node & { name?: string }; init: Node | null }[])
        if (one.init && one.id.name) source.declarations.push(declarationOf(file, text, outer, one.id.name, one.init));
  }
  return source;
}

/** What files of a folder declare, without tests; by file. */
export function readSources(folder: string): Map<string, Source> {
  const files = globSync(`${folder}/**/*.ts`, { cwd: root, exclude: ["**/*.test.ts", "**/*.d.ts"] });
  return new Map(
    files
      .map((path) => path.replaceAll("\\", "/"))
      .toSorted()
      .map((file) => [file, readSource(file)]),
  );
}

/** A declaration and everything that it leads to by name, in the files given. */
export function reach(sources: Map<string, Source>, from: Declaration): Set<Declaration> {
  const reached = new Set<Declaration>();
  const visit = (declaration: Declaration) => {
    if (reached.has(declaration)) return;
    reached.add(declaration);
    const { declarations, imported } = sources.get(declaration.file)!;
    for (const name of declaration.mentions) {
      const target = imported.get(name) ?? { file: declaration.file, name };
      const other = (
        target.file === declaration.file ? declarations : (sources.get(target.file)?.declarations ?? [])
      ).find((one) => one.name === target.name);
      if (other) visit(other);
    }
  };
  visit(from);
  return reached;
}
