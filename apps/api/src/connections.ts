import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

const full = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
/** What of a request that is answered already is still received: its sender reads the answer when it has sent all. */
export const lingerMs = 5_000;

/**
 * Holds at most `most` connections. When all are taken, the one goes that has been without a request for longest, also one
 * whose request hasn't wholly come as far as its body; where all have one, the newest connection is told so and closed.
 */
export function limitConnections(server: Server, most: number): void {
  const busy = new Map<Socket, number>();
  const idle = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    if (busy.size + idle.size >= most) {
      const [longest] = idle;
      if (!longest) return void socket.on("error", () => {}).end(full, () => socket.destroy());
      idle.delete(longest);
      longest.destroy();
    }
    idle.add(socket);
    socket.once("close", () => {
      idle.delete(socket);
      busy.delete(socket);
    });
  });
  server.prependListener("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    busy.set(socket, (busy.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const others = (busy.get(socket) ?? 1) - 1;
      if (others > 0) return void busy.set(socket, others);
      busy.delete(socket);
      if (!socket.destroyed) idle.add(socket);
    });
  });
}

/**
 * Lets who sends more than is read read the answer: what still comes is received and thrown away for a while, then the
 * connection ends. Node would cut it at once where the sender asked for its end.
 */
export function lingerAfter(request: IncomingMessage, response: ServerResponse): void {
  const { headers, socket } = request;
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) return;
  const isLast = !response.shouldKeepAlive;
  // Kept for Node, while the answer says that it ends: who is told that it stays would send the next request into its end.
  response.shouldKeepAlive = true;
  Object.assign(response, { maxRequestsOnConnectionReached: isLast });
  response.once("finish", () => {
    if (request.complete) return void (isLast && socket.end());
    const cut = setTimeout(() => socket.destroy(), lingerMs);
    request.once("close", () => {
      clearTimeout(cut);
      if (isLast) socket.end();
    });
  });
}
