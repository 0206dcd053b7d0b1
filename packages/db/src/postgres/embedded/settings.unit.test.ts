import { expect, test } from "vitest";
import { settingsOfMachine } from "./settings.ts";

test.each([
  { gigabytes: 0.25, shared_buffers: "128MB", effective_cache_size: "384MB" },
  { gigabytes: 4, shared_buffers: "1024MB", effective_cache_size: "3072MB" },
  { gigabytes: 64, shared_buffers: "2048MB", effective_cache_size: "6144MB" },
])("a server on a machine of $gigabytes GB holds $shared_buffers of pages", ({ gigabytes, ...held }) => {
  expect(settingsOfMachine(gigabytes * 1024 ** 3)).toMatchObject(held);
});
