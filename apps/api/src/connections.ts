import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

const full = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
/**
 * Milliseconds in which the rest of an answered request is still received: its sender reads the answer after sending
 * everything.
 */
export const lingerMs = 5_000;

/**
 * Holds at most `most` connections. When all are taken, the one that has been without a request for longest is closed; one
 * whose request hasn't come as far as its body counts, too. Where all have a request, the newest connection is refused.
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
 * Lets a sender of more than is read receive the answer: for a while the rest is received and dropped, then the connection
 * ends. Node would close it at once where the sender asked for that.
 */
export function lingerAfter(request: IncomingMessage, response: ServerResponse): void {
  const { headers, socket } = request;
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) return;
  const isLast = !response.shouldKeepAlive;
  // Kept open by Node, while the answer says that it ends: otherwise the client would send its next request into the end.
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
