"""Messages of other programs, in the shapes in which mail servers and providers write them. Our own words."""

from __future__ import annotations

from digest.mail.tokens import Keyring, Purpose

KEYS = Keyring(b"the secret of these tests")
DELIVERY, SUBSCRIBER = 41, 7
BOUNCE_TOKEN = KEYS.token(Purpose.BOUNCE, DELIVERY)
LEAVE_TOKEN = KEYS.token(Purpose.UNSUBSCRIBE, SUBSCRIBER)
VERP = f"bounces+{BOUNCE_TOKEN}@digest.test"
MESSAGE_ID = "<0123456789abcdef@digest.test>"
READER = "ada@reader.test"

ORIGINAL = f"""\
Return-Path: <{VERP}>
From: Paper Digest <papers@digest.test>
To: {READER}
Subject: Papers of 25 May, with 5.1.1 in a title
Date: Mon, 25 May 2026 07:00:00 +0000
Message-ID: {MESSAGE_ID}
List-Unsubscribe: <https://digest.test/unsubscribe/{LEAVE_TOKEN}>,
 <mailto:unsubscribe+{LEAVE_TOKEN}@digest.test>
"""


def wire(text: str) -> bytes:
    """The message as it comes: CRLF line ends."""
    return text.replace("\n", "\r\n").encode()


def report(
    status: str,
    *,
    human: str = "Your message could not be delivered. 550 5.1.1 is only quoted here.",
    head: str = "From: Mail Delivery System <MAILER-DAEMON@mx.test>\nAuto-Submitted: auto-replied\n",
    returned: str = ORIGINAL,
    kinds: tuple[str, str, str] = ("delivery-status", "message/delivery-status", "message/rfc822"),
    to: str = VERP,
) -> bytes:
    """A multipart/report around these fields."""
    report_type, status_kind, returned_kind = kinds
    return wire(
        f"Return-Path: <>\n{head}To: {to}\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={report_type};\n\tboundary="B1/x"\n\n'
        f"A mail program that knows MIME does not show this.\n\n"
        f"--B1/x\nContent-Type: text/plain; charset=us-ascii\n\n{human}\n\n"
        f"--B1/x\nContent-Type: {status_kind}\n\n{status}\n"
        f"--B1/x\nContent-Type: {returned_kind}\n\n{returned}\nThe text of it.\n\n--B1/x--\n"
    )


def per_recipient(status: str = "5.1.1", action: str = "failed", **more: str) -> str:
    """The two blocks of fields of a report about one recipient."""
    given = {name.replace("_", "-"): value for name, value in more.items()}
    fields = {"Final-Recipient": f"rfc822; {READER}", "Action": action, "Status": status, **given}
    lines = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    return f"Reporting-MTA: dns; mx.test\nArrival-Date: Mon, 25 May 2026 07:00:01 +0000\n\n{lines}"


POSTFIX = report(
    "Reporting-MTA: dns; relay.digest.test\nX-Postfix-Queue-ID: 4C0FFEE\nX-Postfix-Sender: rfc822; " + VERP + "\n"
    "Arrival-Date: Mon, 25 May 2026 07:00:01 +0000 (UTC)\n"
    f"Original-Envelope-Id: {BOUNCE_TOKEN}\n\n"
    f"Final-Recipient: rfc822; {READER}\nOriginal-Recipient: rfc822;{READER}\nAction: failed\nStatus: 5.1.1\n"
    f"Remote-MTA: dns; mx.reader.test\nDiagnostic-Code: smtp; 550 5.1.1 <{READER}>: Recipient address rejected:\n"
    "    User unknown in virtual mailbox table\n"
)
EXIM = report(
    f"Reporting-MTA: dns; exim.test\n\nAction: failed\nFinal-Recipient: rfc822;{READER}\nStatus: 5.0.0\n"
    f"Remote-MTA: dns; mx.reader.test\nDiagnostic-Code: smtp; 550-5.1.1 The mailbox does not exist.\n",
    head=f"From: Mail Delivery System <Mailer-Daemon@exim.test>\nX-Failed-Recipients: {READER}\n"
    "Auto-Submitted: auto-replied\nReferences: <abc@digest.test>\n",
)
SENDMAIL = report(
    "Reporting-MTA: dns; sendmail.test\nReceived-From-MTA: DNS; relay.digest.test\n"
    "Arrival-Date: Mon, 25 May 2026 07:00:01 GMT\n\n"
    f"Final-Recipient: RFC822; {READER}\nAction: failed\nStatus: 4.4.7\nRemote-MTA: DNS; mx.reader.test\n"
    "Last-Attempt-Date: Sat, 30 May 2026 07:00:01 GMT\n",
    head="From: Mail Delivery Subsystem <MAILER-DAEMON>\nAuto-Submitted: auto-generated (failure)\n",
    kinds=("delivery-status", "message/delivery-status", "text/rfc822-headers"),
)
EXCHANGE = report(
    f"Reporting-MTA: dns;AM0.prod.test\nReceived-From-MTA: dns;relay.digest.test\n\nFinal-Recipient: rfc822;{READER}\n"
    "Action: failed\nStatus: 5.1.10\n"
    "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup\n",
    head="From: postmaster@tenant.test\nX-Auto-Response-Suppress: DR, OOF, AutoReply\nIn-Reply-To: "
    + MESSAGE_ID
    + "\n",
    human="Your message to ada could not be delivered. ada wasn't found at reader.test.",
)
GMAIL = report(
    f"Reporting-MTA: dns; googlemail.test\nX-Original-Message-ID: {MESSAGE_ID}\n\nFinal-Recipient: rfc822; {READER}\n"
    "Action: failed\nStatus: 5.2.2\nRemote-MTA: dns; mx.reader.test. (192.0.2.7, the server for the domain.)\n"
    "Diagnostic-Code: smtp; 552-5.2.2 The recipient's inbox is out of storage space.\n",
    head=f"From: Mail Delivery Subsystem <mailer-daemon@googlemail.test>\nX-Failed-Recipients: {READER}\n"
    "Auto-Submitted: auto-replied\n",
)
AMAZON = report(
    "Reporting-MTA: dns; a1.ses.test\n\nAction: failed\n"
    f"Final-Recipient: rfc822; {READER}\nDiagnostic-Code: smtp; 554 5.7.1 The message was blocked for its reputation\n"
    "Status: 5.7.1\n",
    head="From: MAILER-DAEMON@ses.test\n",
)
GLOBAL = report(
    "Reporting-MTA: dns; mx.test\n\nFinal-Recipient: utf-8; \\x{3B8}\\x{3C3}@reader.test\n"
    f"Original-Recipient: rfc822;{READER}\nAction: failed\nStatus: 5.1.1\n",
    kinds=("delivery-status", "message/global-delivery-status", "message/global-headers"),
)
QMAIL = wire(
    f"Return-Path: <>\nFrom: MAILER-DAEMON@qmail.test\nTo: {VERP}\nSubject: failure notice\n\n"
    "Hi. This is the mail program at qmail.test. I could not deliver your message.\n\n"
    f"<{READER}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below is a copy.\n\n" + ORIGINAL
)
OLD_EXIM = wire(
    f"Return-Path: <>\nFrom: Mailer-Daemon@exim.test\nTo: {VERP}\nX-Failed-Recipients: {READER}\n"
    "Auto-Submitted: auto-generated\nSubject: Mail delivery failed\n\nThe following address failed: ...\n"
)
DELAYED = report(per_recipient("4.4.1", "delayed"))
RELAYED = report(per_recipient("2.0.0", "relayed"))
NO_TOKEN = report(per_recipient(), to="bounces@digest.test", returned=f"Message-ID: {MESSAGE_ID}\nTo: {READER}\n")

BOUNCES = {
    "postfix": POSTFIX,
    "exim": EXIM,
    "sendmail": SENDMAIL,
    "exchange": EXCHANGE,
    "gmail": GMAIL,
    "amazon": AMAZON,
    "global": GLOBAL,
    "qmail": QMAIL,
    "old exim": OLD_EXIM,
}


def feedback(kind: str = "abuse", *, fields: str = "", returned: str = ORIGINAL, to: str = "fbl@digest.test") -> bytes:
    """A report of feedback as a provider sends it."""
    return report(
        f"Feedback-Type: {kind}\nUser-Agent: Provider-Feedback/1.0\nVersion: 1\n{fields}",
        human="This is an email abuse report for a message that you sent.",
        head="From: Feedback Loop <feedback@provider.test>\n",
        kinds=("feedback-report", "message/feedback-report", "message/rfc822"),
        returned=returned,
        to=to,
    ).replace(b"Return-Path: <>", b"Return-Path: <feedback@provider.test>")


def letter(subject: str = "", to: str = f"unsubscribe+{LEAVE_TOKEN}@digest.test", **fields: str) -> bytes:
    """What a mail program sends; the names of further fields have underscores."""
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items())
    return wire(f"From: Ada <{READER}>\nTo: {to}\nSubject: {subject}\nMIME-Version: 1.0\n{more}\nBye.\n")
