import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** Just enough of a PostgreSQL server of another version: it knows its version, and none of our roles. */
export async function startOldServer(version: string, number: string): Promise<{ url: string; stop(): void }> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      // Authentication is fine; ready, not in a transaction.
      socket.write(Buffer.concat([message("R", int32(0)), ready]));
      socket.on("data", (data) => answer(socket, data.toString("latin1"), version, number));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `postgres://anyone@127.0.0.1:${port}/any`, stop: () => server.close() };
}

function answer(socket: Socket, query: string, version: string, number: string): void {
  if (!query.startsWith("Q")) return;
  if (query.includes("server_version")) {
    const row = [int16(2), ...[number, version].flatMap((value) => [int32(value.length), Buffer.from(value)])];
    socket.write(
      Buffer.concat([message("T", int16(2), column("number"), column("name")), message("D", ...row), done, ready]),
    );
  } else if (query.includes("set local role")) {
    socket.write(
      Buffer.concat([message("E", Buffer.from('SERROR\0C22023\0Mrole "twin_owner" does not exist\0\0')), ready]),
    );
  } else {
    socket.write(Buffer.concat([done, ready]));
  }
}

const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
const message = (type: string, ...parts: Buffer[]) =>
  Buffer.concat([Buffer.from(type), int32(4 + Buffer.concat(parts).length), ...parts]);
/** A column of type text (oid 25), of any length, in text format. */
const column = (name: string) =>
  Buffer.concat([
    Buffer.from(`${name}\0`),
    int32(0),
    int16(0),
    int32(25),
    Buffer.from([255, 255]),
    int32(-1),
    int16(0),
  ]);
const done = message("C", Buffer.from("SELECT 1\0"));
const ready = message("Z", Buffer.from("I"));
