import { afterEach, expect, test, vi } from "vitest";
import { hearSignals } from "./hear-signals.ts";

afterEach(() => vi.restoreAllMocks());

test("one press of Ctrl-C, which launchers hand on, stops once; a later one ends at once", () => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  const clock = vi.spyOn(performance, "now");
  const first = vi.fn();
  const stop = hearSignals(first);
  const press = (at: number) => {
    clock.mockReturnValue(at);
    process.emit("SIGINT");
  };
  expect(stop.signal.aborted).toBe(false);
  for (const at of [5_000, 5_001, 5_020]) press(at);
  expect(stop.signal.aborted).toBe(true);
  expect(first).toHaveBeenCalledOnce();
  expect(exit).not.toHaveBeenCalled();
  press(6_500);
  expect(exit).toHaveBeenCalledExactlyOnceWith(1);
  stop.close();
  expect(process.listenerCount("SIGINT")).toBe(0);
});
