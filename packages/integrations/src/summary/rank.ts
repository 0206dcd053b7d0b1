/** Sentences as vectors of unit length over their words, in rows: `word[at]` weighs `weight[at]` for `start[i] <= at < start[i + 1]`. */
export type Vectors = { start: Int32Array; word: Int32Array; weight: Float64Array; words: number };

const damping = 0.85;
/** The method converges much sooner; this only bounds its time. */
const mostRounds = 100;
const enough = 1e-6;

/**
 * Weighs words by how often they are in a sentence and how rare they are among sentences (tf · isf), and scales each
 * sentence to length 1: the product of two vectors is the cosine between them.
 */
export function vectorsOf(sentences: readonly ReadonlyMap<string, number>[]): Vectors {
  const known = new Map<string, number>();
  const inSentences: number[] = [];
  for (const words of sentences) {
    for (const word of words.keys()) {
      const id = known.get(word) ?? known.size;
      known.set(word, id);
      inSentences[id] = (inSentences[id] ?? 0) + 1;
    }
  }
  const start = new Int32Array(sentences.length + 1);
  const size = inSentences.reduce((sum, count) => sum + count, 0);
  const word = new Int32Array(size);
  const weight = new Float64Array(size);
  let at = 0;
  sentences.forEach((words, index) => {
    const from = at;
    let length = 0;
    for (const [text, count] of words) {
      const id = known.get(text)!;
      word[at] = id;
      weight[at] = count * Math.log(1 + sentences.length / inSentences[id]!);
      length += weight[at]! ** 2;
      at++;
    }
    for (let each = from; each < at; each++) weight[each]! /= Math.sqrt(length);
    start[index + 1] = at;
  });
  return { start, word, weight, words: known.size };
}

/** The cosine between two sentences. */
export function likeness({ start, word, weight }: Vectors, one: number, other: number): number {
  const weights = new Map<number, number>();
  for (let at = start[one]!; at < start[one + 1]!; at++) weights.set(word[at]!, weight[at]!);
  let sum = 0;
  for (let at = start[other]!; at < start[other + 1]!; at++) sum += (weights.get(word[at]!) ?? 0) * weight[at]!;
  return sum;
}

/** Each sentence's likeness to all others, weighed by `mass`: the graph times a vector, without making the graph. */
function spread({ start, word, weight, words }: Vectors, mass: Float64Array): Float64Array {
  const shared = new Float64Array(words);
  const sums = new Float64Array(mass.length);
  for (let i = 0; i < mass.length; i++)
    for (let at = start[i]!; at < start[i + 1]!; at++) shared[word[at]!]! += weight[at]! * mass[i]!;
  for (let i = 0; i < mass.length; i++) {
    let sum = 0;
    for (let at = start[i]!; at < start[i + 1]!; at++) sum += weight[at]! * shared[word[at]!]!;
    // A sentence doesn't vote for itself: its likeness to itself is 1.
    sums[i] = Math.max(0, sum - mass[i]!);
  }
  return sums;
}

/**
 * TextRank (Mihalcea & Tarau, EMNLP 2004): PageRank over the graph of sentences, its edges weighed by the cosine of
 * their words' tf · isf as in LexRank (Erkan & Radev, JAIR 22, 2004, "continuous"). The matrix of cosines is X·Xᵀ − 1,
 * so a round takes time in proportion to the words, where the graph itself would take the square of the sentences.
 * @returns a score for each sentence; the same input gives the same scores, bit by bit
 */
export function rankSentences(vectors: Vectors): Float64Array {
  const count = vectors.start.length - 1;
  const degrees = spread(vectors, new Float64Array(count).fill(1));
  let scores = new Float64Array(count).fill(1 / count);
  for (let round = 0; round < mostRounds; round++) {
    const given = scores.map((score, i) => (degrees[i]! > 1e-9 ? score / degrees[i]! : 0));
    const votes = spread(vectors, given);
    const next = votes.map((vote) => (1 - damping) / count + damping * vote);
    const moved = next.reduce((sum, score, i) => sum + Math.abs(score - scores[i]!), 0);
    scores = next;
    if (moved < enough) break;
  }
  return scores;
}
