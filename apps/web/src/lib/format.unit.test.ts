import { expect, test } from "vitest";
import { dayOf, dayText, percent, sharesOf } from "./format.ts";

const plain = (texts: string[]) => texts.map((text) => text.replaceAll("\u00a0", " "));

test("nothing and everything are said only where they are", () => {
  expect(plain([0, 1 / 300, 0.005, 0.994, 0.996, 299 / 300, 1].map((share) => percent(share)))).toEqual([
    "0 %",
    "<1 %",
    "1 %",
    "99 %",
    ">99 %",
    ">99 %",
    "100 %",
  ]);
  expect(plain([0, 0.0002, 0.473, 0.9996, 1].map((share) => percent(share, 1)))).toEqual([
    "0.0 %",
    "<0.1 %",
    "47.3 %",
    ">99.9 %",
    "100.0 %",
  ]);
  expect(percent(null)).toBe("–");
  // 0.285 × 100 isn't 28.5 for a computer.
  expect(plain([percent(0.285), percent(1.005 / 3, 1)])).toEqual(["29 %", "33.5 %"]);
});

test("the parts of one whole sum to 100", () => {
  expect(plain(sharesOf([1, 1, 1]))).toEqual(["34 %", "33 %", "33 %"]);
  expect(plain(sharesOf([302, 1]))).toEqual([">99 %", "<1 %"]);
  expect(plain(sharesOf([299, 1, 0]))).toEqual([">99 %", "<1 %", "0 %"]);
  expect(plain(sharesOf([7, 0]))).toEqual(["100 %", "0 %"]);
  expect(plain(sharesOf([1, 1, 1], 1))).toEqual(["33.4 %", "33.3 %", "33.3 %"]);
  expect(sharesOf([0, 0])).toEqual(["–", "–"]);
  expect(sharesOf([])).toEqual([]);
  let state = 3;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let run = 0; run < 1500; run++) {
    const digits = random(2);
    const parts = Array.from({ length: 1 + random(9) }, () => random(10 ** (1 + random(6))));
    const shown = plain(sharesOf(parts, digits));
    const whole = parts.reduce((sum, part) => sum + part, 0);
    if (whole === 0) continue;
    const sum = shown.reduce(
      (all, text) => all + (text[0] === "<" ? 0 : text[0] === ">" ? 100 : Number.parseFloat(text)),
      0,
    );
    expect(sum, shown.join(" ")).toBeCloseTo(100, 6);
    parts.forEach((part, at) => {
      expect(Number.parseFloat(shown[at]!) === 0, shown[at]).toBe(part === 0);
      if (shown[at] === percent(1, digits)) expect(part).toBe(whole);
      if (!/[<>]/.test(shown[at]!))
        expect(Math.abs(Number.parseFloat(shown[at]!) - (part / whole) * 100), shown[at]).toBeLessThan(10 ** -digits);
    });
  }
});

test("a day of a year that has more than four digits is shown, not a fault", () => {
  expect(dayText("2026-11-17")).toBe("Tue 17 Nov 2026");
  expect(dayText(dayOf("9999-12-31T23:59:59.999Z", "Europe/Berlin"))).toBe("10000-01-01");
});
