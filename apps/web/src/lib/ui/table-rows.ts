/** Moves the focus to what the next row of a table leads to, or to that of the first. */
export function stepRow(by: -1 | 1): void {
  const rows = document.querySelectorAll("main table:not([role=grid]) tbody tr");
  const links = [...rows].map((row) => row.querySelector<HTMLElement>("a[href], button"));
  const shown = links.filter((link) => link?.checkVisibility());
  const at = shown.findIndex((link) => link!.closest("tr")!.contains(document.activeElement));
  shown[at === -1 ? 0 : at + by]?.focus();
}
