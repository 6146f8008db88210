"""Reads what arrived at an endpoint from standard input, and has the reference library check it under each secret."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

letter = json.load(sys.stdin)
for secret in letter["secrets"]:
    Webhook(secret).verify(letter["body"], letter["headers"])
for body, secret in ((letter["body"] + " ", letter["secrets"][0]), (letter["body"], "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")):
    try:
        Webhook(secret).verify(body, letter["headers"])
    except WebhookVerificationError:
        continue
    sys.exit("it was taken although it is not genuine")
print("genuine")
