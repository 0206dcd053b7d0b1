import { expect, test } from "vitest";
import { csvLine } from "./csv.ts";

/** The cells of a line as a spreadsheet reads it that splits at any of `separators`: a quote counts where a cell begins. */
function cellsOf(line: string, separators: string): string[] {
  const cells = [""];
  let begins = true;
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const sign = line[at]!;
    const wasFirst = begins;
    begins = !isQuoted && separators.includes(sign);
    if (begins) cells.push("");
    else if (sign !== '"') cells[cells.length - 1] += sign;
    else if (wasFirst) isQuoted = true;
    else if (isQuoted && line[at + 1] !== '"') isQuoted = false;
    else {
      cells[cells.length - 1] += sign;
      if (isQuoted) at++;
    }
  }
  return cells;
}

const plain = /^-?\d+(\.\d+)?$/;
const isFormula = (cell: string) => (/^[\t\r]/.test(cell) || /^[=+\-@]/.test(cell.trimStart())) && !plain.test(cell);
const signs = ["=", "-", "@", ";", ",", "\t", "\n", '"', "'", " ", "1", "a"];
const values = signs.flatMap((a) => [a, ...signs.flatMap((b) => [a + b, ...signs.map((c) => a + b + c)])]);

test.each([",", ";", "\t", ";\t", ",;\t"])("no cell is a formula where a spreadsheet splits at %j", (separators) => {
  const run: string[] = [];
  for (const value of [...values, ...signs.flatMap((sign) => values.map((more) => `a;"${sign}${more}`))])
    for (const fields of [[value], [value, "-5"], ["a", value], ['"', value, ";"]]) {
      const line = csvLine(fields);
      for (const part of line.split(/[\r\n]+/)) if (cellsOf(part, separators).some(isFormula)) run.push(line);
    }
  expect(run).toEqual([]);
});

test("a number stays one, and a text is what it was but for what defuses it", () => {
  expect(csvLine(["name", "-5", "0.25", "-1.5e3"])).toBe("name,-5,0.25,'-1.5e3\r\n");
  expect(csvLine(["=1+1", "a,b", 'say "hi"', "@x", "2026-11-22", "a - b"])).toBe(
    `'=1+1,"a,b","say ""hi""",'@x,2026-11-22,a - b\r\n`,
  );
  expect(csvLine(["hello;=1+1", "two\nlines", "＝1"])).toBe(`"hello;'=1+1",two lines,'＝1\r\n`);
});
