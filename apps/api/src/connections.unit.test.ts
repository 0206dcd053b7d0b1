import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lingerAfter } from "./connections.ts";

let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    lingerAfter(request, response);
    response.writeHead(413, { "content-length": "2" }).end("no");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends a request by hand. @returns the answer, once the connection has ended or an answer is there that keeps it */
async function send(lines: string[], body: string): Promise<{ answer: string; ended: boolean }> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let answer = "";
  socket.on("data", (data) => (answer += String(data)));
  const end = once(socket, "end").then(() => true);
  socket.write(["POST / HTTP/1.1", "host: here", ...lines, "", body].join("\r\n"));
  const ended = await Promise.race([end, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 500))]);
  socket.destroy();
  return { answer, ended };
}

test("a connection that ends after its answer says so, and one that says it stays does", async () => {
  const last = await send(["connection: close", "content-length: 3"], "all");
  expect(last).toMatchObject({ answer: expect.stringMatching(/^connection: close\r$/im), ended: true });
  const kept = await send(["content-length: 3"], "all");
  expect(kept).toMatchObject({ answer: expect.stringMatching(/^connection: keep-alive\r$/im), ended: false });
});

test("who is still sending reads the answer before the connection ends", async () => {
  const { answer, ended } = await send(["connection: close", "content-length: 300"], "a part");
  expect(answer).toMatch(/^HTTP\/1.1 413 [\s\S]*no$/);
  expect(ended).toBe(false);
});
