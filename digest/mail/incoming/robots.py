"""What is a robot: mail that no person wrote, which therefore must not unsubscribe, confirm or be answered. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.mail.incoming.authentication import author_of
from digest.mail.incoming.bodies import subject_of

if TYPE_CHECKING:
    from digest.mail.incoming.commands import Desk
    from digest.mail.incoming.parts import Part

# RFC 5321 4.5.5: a notification has no sender. aiosmtpd says "<>", Postfix's pipe says MAILER-DAEMON, and qmail
# calls a bounce that bounced "#@[]".
_NOBODY = frozenset({"", "mailer-daemon", "#@[]"})
_REPLIERS = frozenset({"x-mail-autoreply", "x-vacation", "x-loop"})
# RFC 2142 and habit: nobody reads an answer there.
_NO_ANSWER = re.compile(r"(?:mailer-daemon|postmaster|(?:no|do-?not)[-_.]?reply)(?:\+.*)?@.*", re.IGNORECASE)
# How programs that set none of the fields begin a subject, in the words of the common mail servers.
_AWAY = re.compile(
    r"(?:auto(?:matic)?[ -]?(?:reply|response|answer)|out of (?:the )?office|away from (?:the |my )?(?:office|mail)|"
    r"automatische antwort|abwesend|abwesenheit|réponse automatique|absen(?:t|te|ce) du bureau|message d['’]absence|"
    r"respuesta automática|fuera de (?:la )?oficina|resposta automática|fora do escritório|risposta automatica|"
    r"fuori (?:sede|ufficio)|automatisch antwoord|afwezig|auto(?:matiskt? )?svar|frånvaro|fravær|automaattinen vastaus|"
    r"odpowiedź automatyczna|automatyczna odpowiedź|automatická odpověď|automatikus válasz|автоматический ответ|"
    r"автоответ|otomatik yanıt|自動(?:返信|応答|回覆)|自动(?:答复|回复)|자동 ?(?:회신|응답)|부재중).*",
    re.IGNORECASE,
)
_MOST_HOPS = 30
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})


def null_sender(message: Part, sender: str | None) -> bool:
    """Whether the envelope has no sender; where `sender` is None, whether the topmost Return-Path says so."""
    if sender is None:
        if not message.has("return-path"):
            return False
        sender = message.field("return-path")
    return sender.strip().removeprefix("<").removesuffix(">").strip().lower() in _NOBODY


def robot(message: Part, sender: str | None) -> str:
    """What shows that a program wrote this (RFC 3834 2, 3.3), as a clause; "" for a person's mail.

    Args:
        message: the message's header.
        sender: the envelope's sender, None where it is not known.
    """
    if why := automatic(message):
        return why
    if _AWAY.fullmatch(subject_of(message)):
        return "its subject is that of an automatic reply"
    return "it has no sender" if null_sender(message, sender) else ""


def automatic(message: Part) -> str:
    """What in its header shows that a program wrote this, as a clause; "" where nothing does."""
    auto = re.split(r"[;(\s]", message.field("auto-submitted").strip().lower(), maxsplit=1)[0]
    if auto not in ("", "no"):
        return "it says that it is auto-submitted"
    if message.field("precedence").strip().lower() in _BULK:
        return "it is bulk mail"
    names = {name for name, _ in message.fields}
    if any(name.startswith("x-auto") or name in _REPLIERS for name in names):
        return "it says that it is an automatic reply"
    if any(name.startswith("list-") for name in names):
        return "it came from a mailing list"
    return "it is a report" if message.kind == "multipart/report" else ""


def unanswerable(message: Part, desk: Desk) -> str:
    """What shows that an answer would come back to us, or reach nobody, as a clause; "" where nothing does."""
    author = author_of(message)
    if len(message.every("received")) > _MOST_HOPS:
        return "it has been passed on too often"
    own_id = re.compile(rf"<[0-9a-f]{{32}}@{re.escape(desk.domain)}>", re.IGNORECASE)
    if author.lower() == desk.address.lower() or own_id.fullmatch(message.field("message-id")):
        return "it is mail of our own"
    return "its sender takes no answers" if _NO_ANSWER.fullmatch(author) else ""
