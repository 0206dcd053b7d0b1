import { crc32, deflateRawSync } from "node:zlib";

/** A file to be put into a zip, and how. */
export interface ZipEntry {
  /** Bytes where the name isn't UTF-8. */
  name: string | Buffer;
  content: Buffer | string;
  /** 0: as it is, 8: deflated (default); of any other the bytes lie as they are under its name. */
  method?: number;
  flags?: number;
  /** Sizes and sum follow the bytes, as whoever writes a stream does it. */
  isStreamed?: boolean;
  /** Sizes and place in the extra field of zip64. */
  isZip64?: boolean;
  /** What the directory claims instead of the truth. */
  claims?: { size?: number; sum?: number };
}

export const utf8Flag = 0x800;

function zip64Extra(...numbers: number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * numbers.length);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8 * numbers.length, 2);
  for (const [at, number] of numbers.entries()) extra.writeBigUInt64LE(BigInt(number), 4 + 8 * at);
  return extra;
}

/** A zip of these entries, lies included. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const [local, central]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const { name, content, method = 8, flags = 0, isStreamed = false, isZip64 = false, claims = {} } of entries) {
    const [path, bytes] = [Buffer.from(name), Buffer.from(content)];
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const [sum, size] = [claims.sum ?? crc32(bytes), claims.size ?? bytes.length];
    const huge = 0xffffffff;
    const head = (isLocal: boolean, extra: Buffer) => {
      const isLater = isLocal && isStreamed;
      const header = Buffer.alloc(26);
      header.writeUInt16LE(isZip64 ? 45 : 20, 0);
      header.writeUInt16LE(flags | (isStreamed ? 8 : 0), 2);
      header.writeUInt16LE(method, 4);
      header.writeUInt32LE(isLater ? 0 : sum, 10);
      header.writeUInt32LE(isLater ? 0 : isZip64 ? huge : packed.length, 14);
      header.writeUInt32LE(isLater ? 0 : isZip64 ? huge : size, 18);
      header.writeUInt16LE(path.length, 22);
      header.writeUInt16LE(extra.length, 24);
      return header;
    };
    const none = Buffer.alloc(0);
    const localExtra = isZip64 && !isStreamed ? zip64Extra(size, packed.length) : none;
    const descriptor = Buffer.alloc(isStreamed ? 16 : 0);
    if (isStreamed) {
      descriptor.write("PK\u0007\u0008", "latin1");
      for (const [at, number] of [sum, packed.length, size].entries()) descriptor.writeUInt32LE(number, 4 + 4 * at);
    }
    const before = [Buffer.from("PK\u0003\u0004", "latin1"), head(true, localExtra), path, localExtra];
    local.push(...before, packed, descriptor);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(isZip64 ? huge : offset, 10);
    const extra = isZip64 ? zip64Extra(size, packed.length, offset) : none;
    central.push(Buffer.from("PK\u0001\u0002\u0014\u0000", "latin1"), head(false, extra), tail, path, extra);
    offset += before.reduce((all, one) => all + one.length, packed.length + descriptor.length);
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
