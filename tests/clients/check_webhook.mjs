// Reads what arrived at an endpoint from standard input, and has the reference library check it under each secret.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.TOOLS, "node_modules", "x"));
const { Webhook, WebhookVerificationError } = require("standardwebhooks");

const letter = JSON.parse(readFileSync(0, "utf8"));
for (const secret of letter.secrets) new Webhook(secret).verify(letter.body, letter.headers);
for (const [body, secret] of [[letter.body + " ", letter.secrets[0]], [letter.body, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]]) {
    let refused = false;
    try {
        new Webhook(secret).verify(body, letter.headers);
    } catch (error) {
        refused = error instanceof WebhookVerificationError;
    }
    if (!refused) throw new Error("it was taken although it is not genuine");
}
console.log("genuine");
