import fc from "fast-check";
import { expect, test } from "vitest";
import { changed, revise, reviseEach, same, wholeOf } from "./revision.ts";

const defaults = { a: null, b: null };
const field = fc.option(fc.constantFrom("x", "y", "z"), { nil: undefined });
const version = fc.record({
  sent: fc.record({ a: field, b: field }),
  at: fc.constantFrom("2026-01-01", "2026-01-02", "2026-01-03"),
});

test("whole records end alike in any order", () => {
  const play = (versions: { sent: object; at: string }[]) => {
    const [first, ...rest] = versions;
    let state = { fields: wholeOf({ ...first!.sent }, defaults), revised_at: first!.at as string | null };
    for (const { sent, at } of rest) state = revise(state, { ...sent }, at, defaults);
    return state;
  };
  fc.assert(
    fc.property(
      fc
        .array(version, { minLength: 1, maxLength: 6 })
        .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([all, shuffled]) => {
        expect(play(shuffled)).toEqual(play(all));
      },
    ),
  );
});

test("of two records of one time the one that says more counts, whichever came first", () => {
  const [said, silent] = [{ a: "x" }, {}];
  const begin = (sent: object) => ({ fields: wholeOf({ ...sent }, defaults), revised_at: "2026-01-01" });
  for (const [first, second] of [
    [said, silent],
    [silent, said],
  ] as const)
    expect(revise(begin(first), { ...second }, "2026-01-01", defaults).fields).toEqual({ a: "x", b: null });
});

test("people's fields end alike in any order, sender by sender", () => {
  const play = (versions: { sent: object; at: string }[]) =>
    versions.reduce((state, { sent, at }) => reviseEach(state.fields, state.revisions, { ...sent }, at), {
      fields: {},
      revisions: {},
    } as ReturnType<typeof reviseEach>);
  fc.assert(
    fc.property(
      fc
        .array(version, { maxLength: 6 })
        .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([all, shuffled]) => {
        expect(play(shuffled)).toEqual(play(all));
      },
    ),
  );
});

test("without updated_at what was sent as null says nothing, and the rest is taken as it arrives", () => {
  const stored = { fields: { a: "x", b: "y" }, revised_at: "2026-01-01" };
  expect(revise(stored, { a: null, b: undefined }, undefined, defaults)).toBe(stored);
  expect(revise(stored, { a: "z" }, undefined, defaults)).toEqual({
    fields: { a: "z", b: "y" },
    revised_at: "2026-01-01",
  });
});

test("a newer updated_at with the same content is kept, but is no change that can be seen", () => {
  const stored = { fields: { a: "x", b: null }, revised_at: "2026-01-01" };
  const after = revise(stored, { a: "x" }, "2026-01-02", defaults);
  expect(after.revised_at).toBe("2026-01-02");
  expect(changed(stored, after)).toBe(false);
});

test("the order of an object's keys says nothing", () => {
  expect(same({ a: 1, b: { c: 2, d: [1, 2] } }, { b: { d: [1, 2], c: 2 }, a: 1 })).toBe(true);
  expect(same([1, 2], [2, 1])).toBe(false);
});
