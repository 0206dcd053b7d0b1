import type { Warning } from "@twin/contracts/ingest";

const shownAtMost = 20;

/** Unknown fields, each once, with the first record that had it: a million records repeat the same few. */
export class Warnings {
  readonly #first = new Map<string, Warning>();

  add(warning: Warning): void {
    const field = warning.path.replaceAll(/\[\d+\]/g, "[]");
    const known = this.#first.get(field);
    if (!known || warning.index < known.index) this.#first.set(field, warning);
  }

  /** In the order of the records that had them first. */
  get listed(): Warning[] {
    return [...this.#first.values()].toSorted((a, b) => a.index - b.index || (a.path < b.path ? -1 : 1));
  }

  lines(): string[] {
    const { listed } = this;
    if (listed.length === 0) return [];
    const more = listed.length - shownAtMost;
    return [
      `  warnings    ${listed.length === 1 ? "1 field is" : `${listed.length} fields are`} unknown`,
      ...listed.slice(0, shownAtMost).map(({ index, path, message }) => `    record ${index} ${path}: ${message}`),
      ...(more > 0 ? [`    … and ${more} more`] : []),
    ];
  }
}
