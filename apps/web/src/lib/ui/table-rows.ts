/** Moves the focus to what the next row of a table leads to, or to that of the first. @returns whether there is one */
export function stepRow(by: -1 | 1): boolean {
  const rows = [...document.querySelectorAll("main table:not([role=grid]) tbody tr")].flatMap((row) => {
    const link = row.querySelector<HTMLElement>("a[href], button");
    return link?.checkVisibility() ? [{ row, link }] : [];
  });
  const at = rows.findIndex(({ row }) => row.contains(document.activeElement));
  const next = rows[at === -1 ? 0 : at + by];
  next?.link.focus();
  return next !== undefined;
}
