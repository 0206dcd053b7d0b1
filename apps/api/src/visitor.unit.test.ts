import { expect, test } from "vitest";
import { type Reach, refusedHost, tellVisitor, visitorHeader, visitorOf } from "./visitor.ts";

const secret = "s".repeat(43);
const plain: Reach = { trustProxy: false, secret };
const open: Reach = { ...plain, publicUrl: new URL("https://twins.example") };
const proxied: Reach = { ...open, trustProxy: true };
const seen = (peer: string | undefined, headers: Record<string, string>, reach: Reach) =>
  visitorOf({ peer, header: (name) => headers[name] }, reach);

test("who connects from this machine, by a name of it, with nothing in between, is local; nobody else is", () => {
  expect(seen("127.0.0.1", { host: "localhost:3000" }, plain)).toEqual({
    protocol: "http",
    host: "localhost:3000",
    ip: "127.0.0.1",
    loopback: true,
    local: true,
  });
  expect(seen("::ffff:127.0.0.1", { host: "[::1]:3000" }, plain).local).toBe(true);
  expect(seen("192.0.2.1", { host: "localhost" }, plain).local).toBe(false);
  expect(seen("127.0.0.1", { host: "twins.example" }, open).local).toBe(false);
  expect(seen(undefined, { host: "localhost" }, plain).local).toBe(false);
  for (const name of ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "via", "x-real-ip"])
    expect(seen("127.0.0.1", { host: "localhost", [name]: "x" }, plain).local, name).toBe(false);
});

test("forwarding headers count from a proxy that is trusted, the nearest entry of each", () => {
  const headers = {
    host: "twins.example",
    "x-forwarded-for": "203.0.113.1, 198.51.100.2",
    "x-forwarded-proto": "http, https",
  };
  expect(seen("10.0.0.1", headers, { ...proxied, publicUrl: undefined })).toMatchObject({
    protocol: "https",
    ip: "198.51.100.2",
  });
  expect(seen("127.0.0.1", headers, plain)).toMatchObject({ protocol: "http", ip: "127.0.0.1" });
});

test("an address counts without its port and zone; what is none counts as the proxy, which guesses are counted by then", () => {
  const from = (list: string) => seen("10.0.0.1", { host: "twins.example", "x-forwarded-for": list }, proxied).ip;
  expect(from("203.0.113.1, 198.51.100.2:51234")).toBe("198.51.100.2");
  expect(from("[2001:db8::9]:443")).toBe("2001:db8::9");
  expect(from("[2001:db8::9]")).toBe("2001:db8::9");
  expect(from("2001:db8::9")).toBe("2001:db8::9");
  for (const none of ["<script>", "unknown", "_hidden", "1.2.3.4.5", "1.2.3.4:5:6", "beef", "[]:1", ":", "999.1.1.1"])
    expect(from(none), none).toBe("10.0.0.1");
  expect(seen("fe80::1%eth0", { host: "twins.example" }, open).ip).toBe("fe80::1");
});

test("the address that people open decides whether a visit is https", () => {
  expect(seen("10.0.0.1", { host: "TWINS.example" }, open).protocol).toBe("https");
  expect(seen("10.0.0.1", { host: "other.example" }, open).protocol).toBe("http");
});

test("what the dashboard tells of its visitor counts with the secret of the process alone", () => {
  const visitor = seen("203.0.113.5", { host: "twins.example" }, open);
  const told = tellVisitor(visitor, open);
  expect(seen("127.0.0.1", { host: "127.0.0.1:3000", [visitorHeader]: told }, open)).toEqual(visitor);
  for (const forged of [told.replace(secret, "guess"), told.replace(`${secret} `, ""), "", "a b c d e", ` ${told}`])
    expect(seen("198.51.100.1", { host: "twins.example", [visitorHeader]: forged }, open).ip).toBe("198.51.100.1");
});

test("names of this machine and the one of PUBLIC_URL are answered to, others are told where to go", () => {
  const asked = (host: string, reach: Reach) => refusedHost(seen("192.0.2.1", { host }, reach), reach);
  for (const host of ["localhost", "localhost:3000", "127.0.0.1:3000", "[::1]:3000", "a.localhost"])
    expect(asked(host, plain), host).toBeNull();
  expect(asked("twins.example", open)).toBeNull();
  for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "twins.example:8080"])
    expect(asked(host, open), host).toBe("this server is https://twins.example: open that address");
  expect(asked("10.0.0.5:3000", plain)).toContain("set PUBLIC_URL");
});
