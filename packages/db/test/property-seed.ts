import fc from "fast-check";

// Properties draw the same cases in each run: whether one notices a planted fault isn't left to chance then.
fc.configureGlobal({ seed: Number(process.env["PROPERTY_SEED"]) });
