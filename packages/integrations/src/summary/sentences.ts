import type { Turn } from "./turn.ts";

/** A sentence that someone said, and how often each of its words occurs in it. */
export type Sentence = { who: Turn["who"]; text: string; words: ReadonlyMap<string, number> };

// No language is assumed: the rules of Unicode (UAX 29), with dictionaries for scripts that put no spaces.
const sentenceBreaks = new Intl.Segmenter("und", { granularity: "sentence" });
const wordBreaks = new Intl.Segmenter("und", { granularity: "word" });

function wordsOf(text: string): Map<string, number> {
  const words = new Map<string, number>();
  for (const { segment, isWordLike } of wordBreaks.segment(text.normalize("NFKC").toLowerCase()))
    if (isWordLike) words.set(segment, (words.get(segment) ?? 0) + 1);
  return words;
}

/** The sentences of a conversation in order; what holds no word, such as a row of emoji, is none. */
export function sentencesOf(turns: readonly Turn[]): Sentence[] {
  const sentences: Sentence[] = [];
  for (const { who, text } of turns) {
    for (const { segment } of sentenceBreaks.segment(text)) {
      const words = wordsOf(segment);
      if (words.size > 0) sentences.push({ who, text: segment.replace(/\s+/gu, " ").trim(), words });
    }
  }
  return sentences;
}
