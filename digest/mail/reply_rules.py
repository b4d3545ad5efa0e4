"""Replies that speak of us at our mail server, as a table. Pure data: the first row that fits wins.

A reply that refuses *us* must never count against a reader, and servers give it under any code: Gmail's daily limit
is a 550 behind the dot, Postfix answers what it thinks of our HELO at RCPT. So a row goes by what cannot be misread:
a reply code or status that has no other use, or words about a sender, its client host, its account or its quota.
What no row knows is found by another way: no server refuses reader after reader in different domains for their own
faults (`services/suspicion.py`).

A report (RFC 3464) repeats what a server said to *our relay*. There, "client host blocked" is a receiver's opinion of
the relay, while a quota or an account is still ours: the column `reported` says which rows hold in a report too.

Sources: RFC 3463, 4954 (530, 534, 535, 538), 5248, 7372, 7504; Microsoft "NDR codes in Exchange Online"; Google
"SMTP error reference"; Amazon SES developer guide "SMTP response codes"; Postfix access(5), SMTPD_ACCESS_README;
Exim's specification (ACLs) and cPanel's limits; sendmail's cf/README; help of Brevo, Mailgun, SendGrid, Postmark, QQ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

_MOST_WORDS = 1_000


class Ours(Enum):
    """What a row says of us."""

    SENDER = auto()
    """Login, identity, account, permission: every message would meet the same answer."""
    QUOTA = auto()
    """We have sent as much as we may for now."""
    RATE = auto()
    """We are too fast, or have too many connections. With a 5xx the same as QUOTA: this try is over."""


@dataclass(frozen=True, slots=True)
class Row:
    """It fits where the code or status is named, or one of `words` is found with all of `along`, but not `unless`."""

    ours: Ours
    source: str
    codes: frozenset[int] = frozenset()
    statuses: frozenset[str] = frozenset()
    words: tuple[re.Pattern[str], ...] = ()
    along: tuple[re.Pattern[str], ...] = ()
    unless: re.Pattern[str] | None = None
    reported: bool = False

    def fits(self, code: int, status: str, text: str) -> bool:
        """Whether the row is about this reply; `status` is the RFC 3463 one in full."""
        if code in self.codes or status in self.statuses:
            return True
        found = any(pattern.search(text) for pattern in self.words)
        found = found and all(pattern.search(text) for pattern in self.along)
        return found and not (self.unless and self.unless.search(text))


def _any(*words: str) -> re.Pattern[str]:
    """Any of these, from the beginning of a word on."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})", re.IGNORECASE)


def _near(subject: str, verdict: str) -> re.Pattern[str]:
    """A `subject` and up to seven words later a `verdict`. Linear: both are bounded, and share no character."""
    return re.compile(
        rf"(?<!\w)(?:{subject})(?!\w)(?:\W{{1,6}}\w{{1,60}}){{0,7}}?\W{{1,6}}(?:{verdict})(?!\w)", re.IGNORECASE
    )


AUTHENTICITY = _any(r"spf\b", r"dkim\b", r"dmarc\b")
"""What a receiver checks of our domain: its policy, and the operator's to mend by the doctor's advice."""

QUOTED = _any(r"said: ", r"in reply to ", r"remote server (?:said|returned)", r"unverified address")
"""What another server said of our relay, quoted in a reply (Postfix's address verification): a receiver's opinion."""

READERS = _any(
    r"mailbox(?:es)?\b",
    r"inbox\b",
    r"storage\b",
    r"disk\b",
    r"receiv\w+",
    r"over ?quota",
    r"recipient(?:'s|s')",
    r"recipient (?:\S+ )?(?:is|has|over|quota)\b",
    r"user you are trying",
    r"account that you tried",
)
"""Words about the other side's mailbox, which has quotas and rates as well."""

_NO = (
    r"rejected|refused|denied|blocked|banned|invalid|disallowed|prohibited|unknown|bad|missing|mismatch|listed|\w+listed"
    r"|not|cannot|never|doesn't|isn't|must|fail\w*|required|unverified|disabled"
)
_STOPPED = (
    r"suspended|disabled|deactivated|locked|blocked|terminated|closed|restricted|paused|expired|on hold|under review"
    r"|not (?:yet )?(?:active|activated|enabled)"
)
_LIMIT = _any(
    r"limit\w*",
    r"submissionquota\w*",
    r"quota\w*",
    r"exceed\w*",
    r"max(?:imum)?\b",
    r"credits?\b",
    r"too (?:many|much)\b",
)
_PERIOD = _any(
    r"daily\b",
    r"hourly\b",
    r"weekly\b",
    r"monthly\b",
    r"24[- ]?h\w*",
    r"trial\b",
    r"(?:per|an?|each|this|in|/) ?(?:\d+ )?(?:day|hour|week|month)s?\b",
    r"max(?:imum)? (?:emails|credits)\b",
)
_SENDING = _any(
    r"submissionquota\w*",
    r"sending\b",
    r"send limit",
    r"sender(?:'s)? (?:rate|quota|limit|thread)",
    r"submission\b",
    r"out(?:going|bound)\b",
    r"(?:relay(?:ing)?|smtp|your|plan|account|user|policy|messages?|e-?mails?|domain) (?:send\w* )?(?:limit|quota)\b",
    r"policy rejection\b",
    r"frequency\b",
)
_RATE = _any(
    r"rate[- ]?limit\w*",
    r"too (?:many|much) (?:\w+ ){0,2}?(?:messages?|mails?|e-?mails?|connections?|requests?|sessions?|transactions?)\b",
    r"too (?:many|much) (?:\w+ ){0,2}?(?:logins?|recipients? (?:from|per|in))\b",
    r"too fast\b",
    r"throttl\w+",
    r"slow(?:ing)? down\b",
    r"rate (?:\w+ )?exceeded\b",
    r"exceed\w* (?:\S+ ){0,4}?rate\b",
    r"unusual rate\b",
    r"(?:frequency|connection|thread|concurren\w+) (?:\w+ )?limit\w*",
    r"(?:concurrent|simultaneous) \w+",
    r"(?:per|a) (?:second|minute)\b",
)
_LOGIN = (
    _near(r"authentication|auth|log ?in|credentials|encryption|client was|starttls", rf"{_NO}|first|needed"),
    _any(r"(?:must|need to|please) (?:first )?(?:be )?(?:authenticat\w+|log ?in|issue a starttls)\b"),
    _any(r"requires authentication\b", r"invalid (?:login|credentials)\b", r"unauthenticated senders?\b"),
    _any(r"unauthori[sz]ed ip\b", r"not (?:logged in|authenticated)\b"),
)
_IDENTITY = (
    _any(r"send-?as-?denied", r"(?:not (?:allowed|authori[sz]ed|permitted)|permissions?) to send(?! to)\b"),
    _any(
        r"may not send\b", r"unauthori[sz]ed sender\b", r"not verified\b", r"(?:is )?unverified (?:sender|domain|from)"
    ),
    _any(r"domain is unverified\b", r"failed the check in region\b", r"sender signature\b", r"not owned by\b"),
    _any(r"verified sender identity\b", r"bad outbound sender\b", r"unregistered domain\w*", r"free accounts are\b"),
    _near(r"mail from|sender|from address", r"must (?:equal|match|be the same)|not authori[sz]ed"),
    _any(r"not authori[sz]ed to perform\b"),
)
_ACCOUNT = (
    _near(
        r"your (?:\w+ ){0,2}?account|sending|outgoing mail|customer|tenant|smtp (?:account|user)",
        _STOPPED,
    ),
    _any(r"user suspended\b", r"domain (?:\S+ )?is (?:temporarily )?disabled\b", r"payment required\b"),
    _any(r"unusual sending activity\b"),
)
_SENDER_ADDRESS = (
    _near(r"sender|mail from|envelope from|return.path|from address|domain of sender|<>", _NO),
    _any(r"(?:invalid|bad|unknown|unacceptable|forbidden|null) (?:mail from|(?:envelope )?sender|return.path|from)\b"),
)
_CLIENT = (
    _near(
        r"client host|helo|ehlo|hostname|reverse dns|(?:your|sending|client|source) (?:ip|host|server|address)\S*", _NO
    ),
    _near(r"relay|relaying", _NO),
    _any(r"(?:invalid|bad|bogus|forged|unacceptable|rejected|missing|no) (?:helo|ehlo|reverse dns|ptr)\b"),
    _any(r"(?:unable|not (?:permitted|allowed|authori[sz]ed)|refus\w+) to relay\b", r"do(?:es)? not relay\b"),
    _any(r"find your (?:reverse )?hostname\b", r"need (?:a )?fully[- ]qualified host\w*"),
)

ROWS: tuple[Row, ...] = (
    Row(Ours.QUOTA, "Gmail, Google Workspace", statuses=frozenset({"5.4.5"}), reported=True),
    Row(
        Ours.QUOTA,
        "Exchange Online: recipients a day, trial tenants, tenant threshold",
        statuses=frozenset({"5.1.90", "5.7.232", "5.7.233", "5.7.705"}),
        reported=True,
    ),
    Row(Ours.SENDER, "RFC 4954; Brevo's 525", codes=frozenset({525, 530, 534, 535, 538}), reported=True),
    Row(
        Ours.SENDER,
        "Exchange Online: SendAsDenied, submission without a login, banned or unregistered senders",
        statuses=frozenset({"5.2.252", "5.7.57", "5.7.60", "5.7.501", "5.7.502", "5.7.503", "5.7.750"}),
        reported=True,
    ),
    Row(
        Ours.SENDER,
        "SES, Mailgun, Postmark, SendGrid, Postfix reject_sender_login_mismatch, QQ",
        words=_IDENTITY,
        unless=AUTHENTICITY,
        reported=True,
    ),
    Row(Ours.SENDER, "SES, Brevo, Mailgun, cPanel, Zoho", words=_ACCOUNT, reported=True),
    Row(
        Ours.QUOTA,
        "Gmail, SES, Exchange Online, cPanel, GMX, policyd",
        words=(_LIMIT,),
        along=(_PERIOD,),
        unless=READERS,
        reported=True,
    ),
    Row(
        Ours.RATE,
        "SES, Exchange Online, Fastmail, policyd",
        words=(_LIMIT,),
        along=(_SENDING,),
        unless=READERS,
        reported=True,
    ),
    Row(Ours.RATE, "SES, Exchange Online 432, Postfix anvil, QQ", words=(_RATE,), unless=READERS),
    Row(Ours.SENDER, "Exchange Online, Exim, SendGrid, Brevo", words=_LOGIN),
    Row(Ours.SENDER, "Postfix, Exim, sendmail, QQ: what they think of the sender", words=_SENDER_ADDRESS),
    Row(Ours.SENDER, "RFC 3463 X.1.7, X.1.8", statuses=frozenset({"5.1.7", "5.1.8", "4.1.7", "4.1.8"})),
    Row(Ours.SENDER, "Postfix, Exim, sendmail, Exchange: what they think of the client", words=_CLIENT),
)


def about_us(code: int, status: str, text: str, *, reported: bool) -> Ours | None:
    """What a reply says of us, by the first row that fits; None where it is not about us.

    Args:
        code: the reply code, 0 for none; `status`: the RFC 3463 status in full, or ""; `text`: the words.
        reported: whether it came in a report, so that somebody said it to our relay.
    """
    text = "" if QUOTED.search(text) else text[:_MOST_WORDS]
    rows = (row for row in ROWS if row.reported or not reported)
    return next((row.ours for row in rows if row.fits(code, status, text)), None)
