import { readFileSync } from "node:fs";
import { escape, htmlPage, rich } from "./docs.ts";

const source = new URL("../../../docs/METRICS.md", import.meta.url);

/** Anchors as GitHub makes them, so that a link to a section works in both places. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");

const inline = (text: string): string =>
  rich(text)
    .replaceAll(/\*\*([^*]+)\*\*/g, "<b>$1</b>")
    .split(/(<code>.*?<\/code>)/)
    .map((part) => (part.startsWith("<code>") ? part : part.replaceAll(/\*([^*]+)\*/g, "<i>$1</i>")))
    .join("")
    .replaceAll(/\[([^\]]+)\]\((#[^)]+)\)/g, '<a href="$2">$1</a>');

const rowOf = (line: string, cell: "td" | "th"): string =>
  `<tr>${line
    .slice(1, -1)
    .split("|")
    .map((text) => `<${cell}>${inline(text.trim())}</${cell}>`)
    .join("")}</tr>`;

/** One block: what stands between empty lines. */
function blockOf(block: string): string {
  const heading = /^(#{1,3}) (.+)$/.exec(block);
  if (heading) {
    const [, { length }, title] = heading as unknown as [string, string, string];
    return `<h${length} id="${anchorOf(title)}">${inline(title)}</h${length}>`;
  }
  if (block.startsWith("```"))
    return `<pre tabindex="0">${escape(block.replaceAll(/^```.*$\n?/gm, "").trimEnd())}</pre>`;
  if (block.startsWith("- ")) {
    const items = block.split(/^- /m).slice(1);
    return `<ul>${items.map((item) => `<li>${inline(item.trim().replaceAll(/\s+/g, " "))}</li>`).join("")}</ul>`;
  }
  if (block.startsWith("|")) {
    const [head, , ...rows] = block.split("\n");
    return `<table><thead>${rowOf(head!, "th")}</thead><tbody>${rows.map((row) => rowOf(row, "td")).join("")}</tbody></table>`;
  }
  return `<p>${inline(block.replaceAll("\n", " "))}</p>`;
}

/** The part of Markdown that our own page uses: headings, paragraphs, lists, tables, code, links within it. */
const htmlOf = (markdown: string): string =>
  markdown
    .split(/(^```[\s\S]+?^```$)/m)
    .flatMap((part) => (part.startsWith("```") ? part : part.split(/\n{2,}/)))
    .map((block) => block.trim())
    .filter(Boolean)
    .map(blockOf)
    .join("\n");

let page: string | undefined;

/** docs/METRICS.md as a page: the links of figures in the dashboard lead to its sections. */
export function metricsPage(): string {
  return (page ??= htmlPage("What every number means", htmlOf(readFileSync(source, "utf8").replaceAll("\r\n", "\n"))));
}
