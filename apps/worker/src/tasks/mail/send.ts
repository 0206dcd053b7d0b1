import { linkForLetter, openLetter } from "@twin/db/access/letters";
import { sendMail } from "@twin/integrations/mail/smtp";
import { invitationText, passwordText } from "@twin/wording/letters";
import { addressOf } from "../../public-address.ts";
import type { TaskHandler } from "../../task.ts";

const send: TaskHandler<"mail/send"> = async ({ sealed }, { db, actor, now, env }) => {
  if (env.mail === null) throw new Error("SMTP_URL isn't set for the worker: it can send no letter");
  const letter = openLetter(db, sealed);
  if (letter.kind === "invitation") {
    // One that waited too long leads nowhere.
    if (Date.parse(letter.expires_at) <= now.getTime()) return { rows: 0 };
    await sendMail(env.mail, { to: letter.to, ...invitationText(letter, addressOf("/join", { token: letter.token })) });
    return { rows: 1 };
  }
  const found = await linkForLetter(db, letter.to, actor.request_id);
  if (found === null) return { rows: 0 };
  const { to, full_name, token } = found;
  await sendMail(env.mail, { to, ...passwordText(full_name, addressOf("/set-password", { token })) });
  return { rows: 1 };
};
export default send;
