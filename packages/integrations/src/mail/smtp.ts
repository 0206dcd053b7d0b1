import { createTransport } from "nodemailer";

/** A mail server, and whom its letters are from. */
export type Smtp = { url: string; from: string };

export type Mail = { to: string; subject: string; text: string };

const quickMs = 10_000;
const slowMs = 30_000;

/**
 * Hands a mail of plain text to a mail server, on a connection of its own.
 * @throws Error with the code of what went wrong, and never with the server's own words, which may name people
 */
export async function sendMail({ url, from }: Smtp, { to, subject, text }: Mail): Promise<void> {
  const transport = createTransport(url, {
    connectionTimeout: quickMs,
    greetingTimeout: quickMs,
    socketTimeout: slowMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as object);
  try {
    // Whom it is for stands as an object, so that nothing in an address is read as a second one.
    await transport.sendMail({ from, to: { name: "", address: to }, subject, text });
  } catch (cause) {
    const { code, responseCode } = cause as { code?: string; responseCode?: number };
    throw new Error(
      `the mail server at ${new URL(url).host} didn't take the letter: ${[code, responseCode].filter(Boolean).join(" ")}`,
    );
  } finally {
    transport.close();
  }
}
