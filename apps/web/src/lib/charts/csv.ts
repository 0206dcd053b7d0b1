/** One field; a leading =, +, - or @ is defused, because a spreadsheet would run it. */
export function csvField(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvLine = (fields: string[]): string => `${fields.map(csvField).join(",")}\r\n`;

/** Hands rows that are shown already to the reader as a file. */
export function saveCsv(name: string, rows: string[][]): void {
  saveFile(name, new Blob([rows.map(csvLine).join("")], { type: "text/csv" }));
}

/** Hands something that was made in the browser to the reader. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
