import { expect, test } from "vitest";
import { changeOf, changeSentence, changeText, type Compared, headText, pairText, type Side } from "./change.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");
const counts = (now: number | null, before: number, holdsToday = true): Compared => ({
  unit: "count",
  holdsToday,
  now: now === null ? null : { value: now },
  before: { value: before },
});
const shares = (now: [number, number] | null, before: [number, number], holdsToday = true): Compared => {
  const side = ([yes, of]: [number, number]): Side => ({ value: of ? yes / of : null, of });
  return { unit: "share", holdsToday, now: now && side(now), before: side(before) };
};
const line = (compared: Compared) => plain(changeText(changeOf(compared)));
const sentence = (compared: Compared, value = "4") =>
  plain(
    changeSentence("Active users", compared, value)
      .map(({ text }) => text)
      .join(""),
  );

test("a change stands beside the two numbers that it was made from, and says of which days they are", () => {
  expect(line(counts(80, 77))).toBe("+4 %: 80 until yesterday, was 77");
  expect(line(counts(80, 77, false))).toBe("+4 %, was 77");
  expect(line(counts(54, 56))).toBe("−4 %: 54 until yesterday, was 56");
  expect(line(counts(612, 618))).toBe("−1 %: 612 until yesterday, was 618");
  expect(line(counts(null, 0))).toBe("today so far");
  expect(line(counts(null, 12))).toBe("today so far");
  expect(line(counts(0, 0))).toBe("none until yesterday, as before");
  expect(line(counts(0, 0, false))).toBe("none, as before");
  expect(line(counts(5, 0))).toBe("none before: 5 until yesterday");
  expect(line(counts(5, 0, false))).toBe("none before");
  expect(line(counts(0, 10))).toBe("−100 %: 0 until yesterday, was 10");
  expect(line(counts(8, 8))).toBe("same: 8 until yesterday, was 8");
});

test("0 %, 100 % and same are said only where they are exact", () => {
  expect(line(counts(1, 300))).toBe("fell by more than 99 %: 1 until yesterday, was 300");
  expect(line(counts(1004, 1000, false))).toBe("+0.4 %, was 1,000");
  expect(line(counts(1000, 1004, false))).toBe("−0.4 %, was 1,004");
  expect(line(counts(1_000_001, 1_000_000, false))).toBe("+0.0001 %, was 1,000,000");
  expect(line(counts(499, 250, false))).toBe("+99.6 %, was 250");
  expect(line(counts(500, 250, false))).toBe("+100 %, was 250");
  expect(line(counts(3, 300, false))).toBe("−99 %, was 300");
  expect(line(counts(30_000, 2, false))).toBe("+1,499,900 %, was 2");
});

test("the tile parts the change from its pair", () => {
  const change = changeOf(counts(80, 77));
  expect([plain(headText(change)), pairText(change)]).toEqual(["+4 % more", "80 until yesterday, was 77"]);
  expect(change.pair.filter(({ side }) => side).map(({ text, side }) => [side, text])).toEqual([
    ["now", "80"],
    ["before", "77"],
  ]);
  expect(plain(headText(changeOf(counts(70, 77, false))))).toBe("−9 % fewer");
  expect(headText(changeOf(counts(8, 8)))).toBe("same");
});

test("the sentence is right at none, at one, at today only", () => {
  expect(sentence(counts(80, 77))).toBe("Active users rose 4 % to 80 until yesterday, from 77");
  expect(sentence(counts(80, 77, false))).toBe("Active users rose 4 % to 80, from 77");
  expect(sentence(counts(0, 10))).toBe("Active users fell 100 % to none until yesterday, from 10");
  expect(sentence(counts(1, 2, false))).toBe("Active users fell 50 % to 1, from 2");
  expect(sentence(counts(1, 300))).toBe("Active users fell by more than 99 % to 1 until yesterday, from 300");
  expect(sentence(counts(8, 8))).toBe("Active users stayed at 8 until yesterday");
  expect(sentence(counts(0, 0))).toBe("Active users: none until yesterday, as before");
  expect(sentence(counts(0, 0, false))).toBe("Active users: none, as before");
  expect(sentence(counts(5, 0))).toBe("Active users: 5 until yesterday, none before");
  expect(sentence(counts(5, 0, false))).toBe("Active users: 5, none before");
  expect(sentence(counts(null, 3))).toBe("Active users: 4, today so far");
});

test("a change of shares is in points, of the two shares as one reads them", () => {
  expect(line(shares([344, 400], [339, 377]))).toBe("−4 pts: 86 % of 400 until yesterday, was 90 % of 377");
  expect(line(shares([87, 100], [86, 100], false))).toBe("+1 pt, was 86 % of 100");
  expect(line(shares([1004, 2000], [1000, 2000], false))).toBe("+0.2 pts, was 50.0 % of 2,000");
  expect(line(shares([299, 300], [1, 1], false))).toBe("−0.3 pts, was 100.0 % of 1");
  expect(line(shares([3, 4], [6, 8]))).toBe("same: 75 % of 4 until yesterday, was 75 % of 8");
  expect(line(shares([0, 0], [6, 8]))).toBe("no answers until yesterday, was 75 % of 8");
  expect(line(shares([3, 4], [0, 0]))).toBe("no answers before: 75 % of 4 until yesterday");
  expect(line(shares([0, 0], [0, 0], false))).toBe("no answers, as before");
  expect(line(shares(null, [6, 8]))).toBe("today so far");
  expect(sentence(shares([87, 100], [86, 100], false))).toBe(
    "Active users rose 1 point to 87 % of 100, from 86 % of 100",
  );
  expect(sentence(shares([0, 0], [6, 8]))).toBe("Active users: no answers until yesterday, was 75 % of 8");
  expect(sentence(shares([3, 4], [0, 0]))).toBe("Active users: 75 % of 4 until yesterday, no answers before");
});

/** The same numbers in every run. */
function* randoms(): Generator<(below: number) => number> {
  let state = 7;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let run = 0; run < 3000; run++) yield next;
}
const numberIn = (text: string) => Number(text.replaceAll(",", ""));

test("whoever recomputes the change from the pair that is shown gets the change that is shown", () => {
  for (const random of randoms()) {
    const size = 10 ** (1 + random(6));
    const [now, before] = [random(size), 1 + random(size)];
    const change = changeOf(counts(now, before));
    const said = plain(changeText(change));
    const [, shown, was] = /([\d,]+) until yesterday, was ([\d,]+)$/.exec(said)!;
    expect([numberIn(shown!), numberIn(was!)], said).toEqual([now, before]);
    const ratio = ((now - before) * 100) / before;
    const amount = /^([+−])([\d,.]+) %/.exec(said);
    if (said.startsWith("same")) expect(now).toBe(before);
    else if (said.startsWith("fell by more than 99 %")) expect(ratio < -99 && now > 0).toBe(true);
    else {
      const value = numberIn(amount![2]!) * (amount![1] === "+" ? 1 : -1);
      const digits = amount![2]!.split(".")[1]?.length ?? 0;
      expect(Math.abs(value - ratio), said).toBeLessThanOrEqual(0.5 * 10 ** -digits + 1e-9);
      if (value === 0 || Math.abs(value) === 100) expect(value, said).toBeCloseTo(ratio, 9);
    }
    expect(change.exact).toBeCloseTo(ratio / 100, 9);
  }
});

test("the points of two shares are the difference of what one reads", () => {
  for (const random of randoms()) {
    const [of, ofBefore] = [1 + random(3000), 1 + random(3000)];
    const [yes, yesBefore] = [random(of + 1), random(ofBefore + 1)];
    const said = line(shares([yes, of], [yesBefore, ofBefore]));
    const read = /: ([\d.]+) % of .+, was ([\d.]+) % of /.exec(said);
    const points = /^([+−])([\d.]+) pts?:/.exec(said);
    if (!points) {
      expect(said.startsWith("same:"), said).toBe(true);
      expect(yes * ofBefore).toBe(yesBefore * of);
      continue;
    }
    expect(Number(points[2]) * (points[1] === "+" ? 1 : -1), said).toBeCloseTo(Number(read![1]) - Number(read![2]), 6);
    expect(points[1], said).toBe(yes * ofBefore > yesBefore * of ? "+" : "−");
  }
});
