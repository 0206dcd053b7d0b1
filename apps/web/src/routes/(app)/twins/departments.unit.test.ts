import { expect, test } from "vitest";
import { askedOf, dependenceShares, cellHeat, matrixOf, departmentsSentence } from "./departments.ts";

const asked = (asking: string, owning: string, interactions: number) => ({ asking, owning, interactions });

test("rows ask, columns own, and what stays inside a department is counted apart", () => {
  const matrix = matrixOf([asked("Ops", "Engineering", 44), asked("Engineering", "Ops", 6), asked("Ops", "Ops", 9)]);
  expect(matrix).toEqual({
    names: ["Ops", "Engineering"],
    departments: [["Ops"], ["Engineering"]],
    cells: [
      [0, 44],
      [6, 0],
    ],
    asks: [44, 6],
    asked: [6, 44],
    other: -1,
    within: 9,
    highest: 44,
  });
  expect(departmentsSentence(matrix)).toBe(
    "Ops asks Engineering most, 44 times. Engineering is asked most often, 44 times, and asks others 6 times.",
  );
});

test("people without a department are named so, and many departments end in Other with nothing lost", () => {
  const many = Array.from({ length: 12 }, (_, at) => asked(at === 3 ? "" : `D${at}`, "Hub", 20 - at));
  const matrix = matrixOf(many);
  expect(matrix.names).toEqual(["Hub", "D0", "D1", "D2", "No department", "D4", "D5", "Other"]);
  expect(matrix.asks.reduce((sum, value) => sum + value, 0) + matrix.within).toBe(
    many.reduce((sum, { interactions }) => sum + interactions, 0),
  );
  expect(departmentsSentence(matrix)).toMatch(
    /^D0 asks Hub most, 20 times\. Hub is asked most often, .* and asks no one\.$/,
  );
});

test("a cell leads to its two departments, a row to all others, Other to what its departments ask each other", () => {
  const many = Array.from({ length: 12 }, (_, at) => asked(at === 3 ? "" : `D${at}`, "Hub", 20 - at));
  const matrix = matrixOf(many);
  const feature = "shared_interaction";
  const rest = "D6,D7,D8,D9,D10,D11";
  expect(askedOf(matrix, 1, 0)).toEqual({ feature, department: "D0", owner_department: "Hub" });
  expect(askedOf(matrix, 4, 0)).toEqual({ feature, department: "(none)", owner_department: "Hub" });
  expect(askedOf(matrix, 7, 0)).toEqual({ feature, department: rest, owner_department: "Hub" });
  expect(askedOf(matrix, 1)).toEqual({ feature, department: "D0", same_department: "no" });
  expect(askedOf(matrix, 7)).toEqual({ feature, department: rest, same_department: "no" });
  expect(askedOf(matrix, 7, 7)).toEqual({
    feature,
    department: rest,
    owner_department: rest,
    same_department: "no",
  });
  expect(askedOf(matrixOf([asked("Sales, EMEA", "Ops", 1)]), 0, 1)).toBeNull();
});

test("the twins of a department sum to 100, with all others that it asks", () => {
  const leaned = (department: string, interactions: number, of: number) => ({
    department,
    interactions,
    share: interactions / of,
    users: 1,
    twin_id: `${department}${interactions}`,
    twin_name: "A twin",
  });
  const thirds = ["a", "b", "c"].map((twin_id) => ({ ...leaned("Ops", 5, 15), twin_id }));
  const said = dependenceShares([leaned("Sales", 299, 300), ...thirds, leaned("Sales", 1, 300)]);
  expect(said.map((text) => text.replace("\u00a0", " "))).toEqual([">99 %", "34 %", "33 %", "33 %", "<1 %"]);
});

test("nothing between departments is said plainly, and heat has six steps above zero", () => {
  expect(departmentsSentence(matrixOf([asked("Ops", "Ops", 3)]))).toBe("No one asked a twin of another department.");
  expect([0, 1, 22, 44].map((value) => cellHeat(value, 44))).toEqual([0, 1, 3, 6]);
});
