import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openExport, readJson } from "./export-files.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "zips-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Entry {
  name: string;
  content: Buffer | string;
  /** What the directory claims instead of the truth. */
  claims?: { size?: number; sum?: number };
}

/** A zip with deflated entries, lies included. */
function zipOf(entries: Entry[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claims = {} } of entries) {
    const bytes = Buffer.from(content);
    const packed = deflateRawSync(bytes);
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0);
    header.writeUInt16LE(8, 4);
    header.writeUInt32LE(claims.sum ?? crc32(bytes), 10);
    header.writeUInt32LE(packed.length, 14);
    header.writeUInt32LE(claims.size ?? bytes.length, 18);
    header.writeUInt16LE(Buffer.byteLength(name), 22);
    const before = Buffer.concat([Buffer.from("PK\u0003\u0004", "latin1"), header, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from("PK\u0001\u0002\u0014\u0000", "latin1"), header, tail, Buffer.from(name)]));
    local.push(before);
    offset += before.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

function save(name: string, bytes: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const users = { name: "users.json", content: "[]" };
const read = async (path: string) => {
  const files = await openExport(path);
  const found: Record<string, unknown> = {};
  for (const name of files.names) found[name] = await readJson(files, name);
  files.close();
  return found;
};

test("entries are read by the directory, also below a folder around them", async () => {
  const day = { name: "general/2023-11-14.json", content: "[1]" };
  const flat = save("flat.zip", zipOf([users, day]));
  expect(await read(flat)).toEqual({ "users.json": [], "general/2023-11-14.json": [1] });
  const deep = [users, day].map((entry) => ({ ...entry, name: `export/${entry.name}` }));
  expect(await read(save("deep.zip", zipOf(deep)))).toEqual(await read(flat));
});

test("twins.json may lie beside the zip", async () => {
  const alone = mkdtempSync(join(folder, "beside-"));
  writeFileSync(join(alone, "export.zip"), zipOf([users]));
  writeFileSync(join(alone, "twins.json"), '["beside"]');
  expect(await read(join(alone, "export.zip"))).toEqual({ "users.json": [], "twins.json": ["beside"] });
});

const whole = () => zipOf([users, { name: "general/2023-11-14.json", content: "[]".padEnd(5_000, " ") }]);
const huge = 129 * 1024 * 1024;

test.each<[string, () => Buffer | string, RegExp]>([
  ["that is none", () => "no zip at all", /is not a zip file/],
  ["that is empty", () => "", /is not a zip file/],
  ["that was cut off", () => whole().subarray(0, 90), /is a truncated zip file/],
  [
    "with a path outside",
    () => zipOf([users, { name: "../evil.json", content: "[]" }]),
    /a path outside of itself \(\.\.\/evil\.json\)/,
  ],
  [
    "with a path outside further in",
    () => zipOf([users, { name: "a/../../b.json", content: "[]" }]),
    /a path outside of itself/,
  ],
  [
    "with an absolute path",
    () => zipOf([users, { name: "/etc/x.json", content: "[]" }]),
    /a path outside of itself \(\/etc\/x\.json\)/,
  ],
  [
    "with a file that unpacks without end",
    () => zipOf([{ ...users, claims: { size: huge } }]),
    /would unpack to 135266304 bytes/,
  ],
  [
    "with more in it than it says",
    () => zipOf([{ ...users, content: `[${" ".repeat(9_000)}]`, claims: { size: 2 } }]),
    /users\.json cannot be read/,
  ],
  [
    "with a wrong checksum",
    () => zipOf([{ ...users, claims: { sum: 1 } }]),
    /users\.json cannot be read: its checksum is wrong/,
  ],
  ["without an export in it", () => zipOf([{ name: "other.json", content: "[]" }]), /holds no users\.json/],
  ["with something that isn't JSON", () => zipOf([{ ...users, content: "[" }]), /users\.json is not JSON/],
])("a zip %s is refused in one sentence", async (name, make, reason) => {
  await expect(read(save(`${name}.zip`, make()))).rejects.toThrow(reason);
});

test("a path that leads nowhere is said so", async () => {
  await expect(openExport(join(folder, "nothing.zip"))).rejects.toThrow(/There is no file or folder/);
});
