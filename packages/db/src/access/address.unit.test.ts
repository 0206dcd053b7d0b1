import { expect, test } from "vitest";
import { storedAddress } from "./address.ts";

test.each([
  ["192.168.17.42", "192.168.17.0"],
  ["2001:DB8:1:2:3:4:5:6", "2001:db8:1::"],
  ["2001:db8::1", "2001:db8::"],
  ["::1", "::"],
  ["::ffff:10.1.2.3", "10.1.2.0"],
])("%s is stored as %s", (address, stored) => {
  expect(storedAddress(address, true)).toBe(stored);
});

test("an organisation that asks for it keeps addresses whole, in one spelling", () => {
  expect(storedAddress("2001:0db8:0:0::0001", false)).toBe("2001:db8::1");
  expect(storedAddress("10.1.2.3", false)).toBe("10.1.2.3");
});
