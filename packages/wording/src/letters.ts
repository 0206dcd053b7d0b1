import type { Letter } from "@twin/contracts/mail";

/** A text on one line, whatever whoever wrote it put in. */
const oneLine = (text: string): string => text.replaceAll(/\p{C}|\p{Zl}|\p{Zp}/gu, " ").trim();

/** What a letter of an invitation says. @param link leads to where it is accepted */
export function invitationText(
  letter: Extract<Letter, { kind: "invitation" }>,
  link: string,
): { subject: string; text: string } {
  const organization = oneLine(letter.organization);
  const by = letter.invited_by === null ? "You are invited" : `${oneLine(letter.invited_by)} invites you`;
  return {
    subject: `Join ${organization} in Twin Analytics`,
    text: `${by} to ${organization} in Twin Analytics, as ${letter.role}.

Accept, and choose a password:
${link}

The link works once, until ${letter.expires_at.slice(0, 10)}, and for ${letter.to} alone. If you don't know what this is about, do nothing: without the link nobody gets in.
`,
  };
}

/** What a letter with a link to choose a password says. */
export const passwordText = (full_name: string, link: string): { subject: string; text: string } => ({
  subject: "Choose a new password for Twin Analytics",
  text: `Hello ${oneLine(full_name)},

somebody, probably you, asked for a new password. Choose it here:
${link}

The link works once, for an hour. A new password ends all sign-ins. If it wasn't you, do nothing: your password stays as it is.
`,
});
