import fc from "fast-check";

const seed = process.env["PROPERTY_SEED"];

fc.configureGlobal({
  // The same cases in each run: whether a property notices a planted fault isn't left to chance then.
  ...(seed !== undefined && { seed: Number(seed) }),
  // A smaller case is looked for no longer than this: a test that times out over it tells neither case nor seed.
  interruptAfterTimeLimit: process.env["FULL"] === "1" ? 220_000 : 80_000,
  markInterruptAsFailure: true,
});
