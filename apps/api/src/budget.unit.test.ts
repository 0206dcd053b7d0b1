import { expect, test } from "vitest";
import { Budget, Places } from "./budget.ts";

test("the budget is shared: one holder gets half of it, all together no more than it is, and what is given back is there again", () => {
  const budget = new Budget(100);
  const [one, other, third] = [budget.open("org 1"), budget.open("org 2"), budget.open("org 3")];
  one.take(50);
  expect(() => budget.open("org 1").take(1)).toThrow("send it again");
  other.take(40);
  expect(() => third.take(11)).toThrow("send it again");
  third.take(10);
  one.end();
  one.end();
  third.take(40);
  expect(() => third.take(1)).toThrow("send it again");
  other.end();
  budget.open("org 4").take(50);
});

test("places by one name say nothing about another's", () => {
  const places = new Places(2);
  const leave = places.take("a")!;
  expect(places.take("a")).not.toBeNull();
  expect(places.take("a")).toBeNull();
  expect(places.take("b")).not.toBeNull();
  leave();
  leave();
  expect(places.take("a")).not.toBeNull();
  expect(places.take("a")).toBeNull();
});
