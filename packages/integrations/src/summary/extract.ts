import { likeness, rankSentences, vectorsOf } from "./rank.ts";
import { type Sentence, sentencesOf } from "./sentences.ts";
import type { Turn } from "./turn.ts";

/** Longest sentence that is quoted, in characters; the rest of it is cut at a word. */
export const longestSentence = 240;
/** Sentences of a summary at most, and as a part of its conversation's: shorter ones aren't repeated whole. */
export const summaryLength = { most: 6, share: 1 / 3 };
/** From this cosine on two sentences say the same. */
const sameness = 0.7;
/** Fewer words are "Thanks!" or "Sounds good": taken where there is nothing else. */
const fewWords = 3;

/**
 * The sentences of a conversation that say most of it (`rankSentences`), in their order: at least one of each side, none
 * that repeats another, a `share` of all of them, from `least` to `most`. Deterministic, and its time grows with the number
 * of words.
 */
export function extractTurns(
  turns: readonly Turn[],
  { least = 0, most, share }: { least?: number; most: number; share: number } = summaryLength,
): Turn[] {
  const all = sentencesOf(turns);
  const told = withoutRepeats(all);
  const meaty = told.filter(({ words }) => words.size >= fewWords);
  // A side that only ever said little is still heard.
  const sides = new Set(told.map(({ who }) => who));
  const spoken = [...sides].every((side) => meaty.some(({ who }) => who === side)) ? meaty : told;
  const vectors = vectorsOf(spoken.map(({ words }) => words));
  const scores = rankSentences(vectors);
  const order = spoken.map((_, index) => index).sort((a, b) => scores[b]! - scores[a]! || a - b);

  const wanted = Math.min(most, Math.max(sides.size, least, Math.ceil(all.length * share)));
  const chosen = [...sides].map((side) => order.find((index) => spoken[index]!.who === side)!);
  for (const index of order) {
    if (chosen.length >= wanted) break;
    if (chosen.every((other) => other !== index && likeness(vectors, other, index) < sameness)) chosen.push(index);
  }
  return chosen.sort((a, b) => a - b).map((index) => quote(spoken[index]!));
}

/** What a side says again word for word counts once, where it was said first. */
function withoutRepeats(sentences: readonly Sentence[]): Sentence[] {
  const first = new Map<string, Sentence>();
  for (const sentence of sentences) {
    const key = `${sentence.who} ${[...sentence.words.keys()].join(" ")}`;
    if (!first.has(key)) first.set(key, sentence);
  }
  return [...first.values()];
}

function quote({ who, text }: Sentence): Turn {
  const characters = [...text];
  if (characters.length <= longestSentence) return { who, text };
  const head = characters.slice(0, longestSentence - 1).join("");
  const space = head.lastIndexOf(" ");
  return { who, text: `${space > longestSentence / 2 ? head.slice(0, space) : head}…` };
}
