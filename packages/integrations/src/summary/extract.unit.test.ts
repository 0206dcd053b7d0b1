import fc from "fast-check";
import { expect, test } from "vitest";
import { extractTurns, longestSentence, summaryLength } from "./extract.ts";
import { rankSentences, vectorsOf } from "./rank.ts";
import { readTurns, type Turn, writeTurns } from "./turn.ts";

const said = fc.constantFrom("user", "twin").chain((who) =>
  fc
    .array(
      fc.constantFrom("alpha beta", "gamma", "delta. Epsilon", "问题在哪里。", "¿Qué pasa?", "👍", "\ud800", "\n"),
      {
        maxLength: 12,
      },
    )
    .map((parts): Turn => ({ who: who as "user" | "twin", text: parts.join(" ") })),
);
const conversation = fc.array(said, { maxLength: 20 });

/** PageRank over a graph of sentences as the books have it: every edge by itself. */
function rankByBook(sentences: ReadonlyMap<string, number>[]): number[] {
  const all = sentences.length;
  const rarity = (word: string) => Math.log(1 + all / sentences.filter((words) => words.has(word)).length);
  const length = (words: ReadonlyMap<string, number>) =>
    Math.sqrt([...words].reduce((sum, [word, count]) => sum + (count * rarity(word)) ** 2, 0));
  const edges = sentences.map((one, i) =>
    sentences.map((other, j) =>
      i === j
        ? 0
        : [...one].reduce((sum, [word, count]) => sum + count * (other.get(word) ?? 0) * rarity(word) ** 2, 0) /
          length(one) /
          length(other),
    ),
  );
  const degrees = edges.map((row) => row.reduce((sum, edge) => sum + edge, 0));
  let scores = sentences.map(() => 1 / all);
  for (let round = 0; round < 200; round++) {
    scores = scores.map(
      (_, i) =>
        0.15 / all +
        0.85 * edges.reduce((sum, row, j) => sum + (degrees[j]! > 0 ? (row[i]! / degrees[j]!) * scores[j]! : 0), 0),
    );
  }
  return scores;
}

test("the ranking that never makes the graph is the ranking over the graph", () => {
  const sentence = fc
    .array(fc.constantFrom(..."abcdefghijkl"), { minLength: 1, maxLength: 8 })
    .map((words) => new Map(words.map((word) => [word, words.filter((other) => other === word).length])));
  fc.assert(
    fc.property(fc.array(sentence, { minLength: 1, maxLength: 15 }), (sentences) => {
      const book = rankByBook(sentences);
      rankSentences(vectorsOf(sentences)).forEach((score, i) => expect(score).toBeCloseTo(book[i]!, 5));
    }),
  );
});

test("a summary is short, in order, quotes what its side said, and hears every side that said a word", () => {
  const flat = (text: string) => text.replace(/\s+/gu, " ");
  fc.assert(
    fc.property(conversation, (turns) => {
      const summary = extractTurns(turns);
      expect(summary.length).toBeLessThanOrEqual(summaryLength.most);
      for (const { who, text } of summary) {
        expect([...text].length).toBeLessThanOrEqual(longestSentence);
        expect(turns.some((turn) => turn.who === who && flat(turn.text).includes(text.replace(/…$/, "")))).toBe(true);
      }
      const speaks = (who: string) => turns.some((turn) => turn.who === who && /\p{Letter}/u.test(turn.text));
      expect(new Set(summary.map(({ who }) => who))).toEqual(new Set(["user", "twin"].filter(speaks)));
      expect(extractTurns(turns)).toEqual(summary);
    }),
  );
});

test("what a conversation keeps coming back to is chosen, small talk isn't, and nothing is said twice", () => {
  const ask = (text: string): Turn => ({ who: "user", text });
  const answer = (text: string): Turn => ({ who: "twin", text });
  expect(
    extractTurns([
      ask("Hello there!"),
      ask("When does the contract with Northwind end?"),
      answer("The contract with Northwind ends in March, with a notice of three months."),
      ask("Thanks! By the way, lunch was great today."),
      ask("So notice for the Northwind contract must be given before December?"),
      answer("Yes. Notice for the Northwind contract must reach them before December."),
      ask("When does the contract with Northwind end?"),
      ask("Thanks!"),
      ask("Thanks!"),
      ask("Thanks!"),
    ]).map(({ text }) => text),
  ).toEqual([
    "When does the contract with Northwind end?",
    "The contract with Northwind ends in March, with a notice of three months.",
    "So notice for the Northwind contract must be given before December?",
    "Notice for the Northwind contract must reach them before December.",
  ]);
});

test.each([
  ["契約はいつ終わりますか。", "今日は天気がいいです。", "契約は三月に終わります。"],
  ["متى ينتهي العقد؟ ", "الطقس جميل اليوم. ", "ينتهي العقد في مارس."],
  ["Wann endet der Vertrag? ", "Heute scheint die Sonne. ", "Der Vertrag endet im März."],
])("sentences and words are found in any language: %s", (...sentences) => {
  const turns = [1, 2, 3].map((): Turn => ({ who: "user", text: sentences.join("") }));
  expect(extractTurns(turns, { most: 9, share: 1 }).map(({ text }) => text)).toEqual(
    sentences.map((sentence) => sentence.trim()),
  );
});

test("a summary can be read back into what was said by whom", () => {
  fc.assert(
    fc.property(conversation, (turns) => {
      const summary = extractTurns(turns);
      expect(readTurns(writeTurns(summary))).toEqual(summary);
    }),
  );
  expect(readTurns("They spoke of contracts.\nAsked: Until when?")).toEqual([
    { who: "earlier", text: "They spoke of contracts." },
    { who: "user", text: "Until when?" },
  ]);
});
