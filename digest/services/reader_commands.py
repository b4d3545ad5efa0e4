"""What a reader commands by mail, done: each verb changes their wishes and says in a few lines what is so now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.mail.incoming import Verb
from digest.mail.links import LESS, MORE
from digest.model import DeliveryKind, Origin
from digest.ranking.query import parse
from digest.services import command_answers as answers
from digest.services import enrol, managing, opinions
from digest.services.command_wishes import pause_end, setting, told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from digest.mail.incoming import Command
    from digest.mail.links import Links
    from digest.model import Edition, Interest, Subscriber
    from digest.storage import Store

MOST_RANKS = 30
_RANK = re.compile(r"(?<!\d)\d{1,3}(?!\d)")
_NUMBERS = re.compile(r"#?\d{1,3}(?:(?:\s?,\s?|\s(?:and\s)?)#?\d{1,3})*")


class Reader:
    """Obeys one proved reader.

    Args:
        references: the Message-IDs that their mail answers to, the nearest first: which edition they mean.
        links: lead to the pages, if there are any.
    """

    def __init__(
        self,
        store: Store,
        subscriber: Subscriber,
        references: Sequence[str],
        now: datetime,
        links: Links | None,
    ) -> None:
        self._store, self._now, self._links = store, now, links
        self._id, self._address, self._references = subscriber.id, subscriber.address, references
        self._verbs: Mapping[Verb, Callable[[Command], list[str]]] = {
            Verb.SUBSCRIBE: self._known,
            Verb.CONFIRM: self._known,
            Verb.HELP: lambda _: answers.help_for_readers(),
            Verb.SHOW: self._show,
            Verb.SET: self._set,
            Verb.ADD: self._add,
            Verb.DROP: self._drop,
            Verb.PAUSE: self._pause,
            Verb.RESUME: self._resume,
            Verb.LIKE: lambda command: self._opinions(command, MORE),
            Verb.DISLIKE: lambda command: self._opinions(command, LESS),
            Verb.MUTE: self._mute,
            Verb.RENEW: self._renew,
            Verb.UNSUBSCRIBE: self._unsubscribe,
        }

    def obey(self, command: Command) -> list[str]:
        """Do it, and tell what is so now, or what was wrong with it."""
        try:
            return self._verbs[command.verb](command)
        except UsageError as error:
            return [told(error)]

    @property
    def _me(self) -> Subscriber:
        return self._store.subscriber(self._id)

    def _known(self, command: Command) -> list[str]:
        return [*answers.known(), *self._show(command)]

    def _show(self, _command: Command) -> list[str]:
        editions = self._store.editions(self._id, answers.MOST_EDITIONS)
        return answers.shown(self._me, editions, self._now, self._links)

    def _set(self, command: Command) -> list[str]:
        wanted = setting(command.argument, command.lines)
        after = enrol.change(self._store, self._address, wanted, self._now)
        if "interests" in wanted:
            return answers.interests("These interests are in place of the old ones.", after)
        if "max_papers" in wanted:
            return [f"You now get at most {after.max_papers} papers at a time."]
        if "name" in wanted:
            return [f"Your name is now {after.name}." if after.name else "Your name is forgotten."]
        if "empty" in wanted:
            said = "a short note" if after.empty.value == "note" else "nothing"
            return [f"On days without papers you now get {said}."]
        return answers.rhythm(after, self._now)

    def _add(self, command: Command) -> list[str]:
        texts = [*map(str, self._me.interests), command.argument]
        parse(command.argument)  # first by itself: a mistake is told of these words alone
        after = enrol.change(self._store, self._address, {"interests": texts}, self._now)
        return answers.interests(f"Added: {command.argument}.", after)

    def _drop(self, command: Command) -> list[str]:
        wanted = self._named(command.argument)
        for interest in wanted:
            managing.drop_interest(self._store, self._me, str(interest), self._now)
        return answers.interests(f"Dropped: {', '.join(map(str, wanted))}.", self._me)

    def _named(self, text: str) -> list[Interest]:
        """The interests of those numbers, or those written so.

        Raises:
            UsageError: one that is not there.
        """
        mine = self._me.interests
        if _NUMBERS.fullmatch(text):
            numbers = list(dict.fromkeys(map(int, _RANK.findall(text))))
            if missing := [number for number in numbers if not 1 <= number <= len(mine)]:
                raise UsageError(f"you have no interest number {missing[0]}: “show” lists them")
            return [mine[number - 1] for number in numbers]
        names = {text.casefold(), *(str(one).casefold() for one in parse(text))}
        found = [one for one in mine if {str(one).casefold(), one.term.casefold()} & names]
        if not found:
            raise UsageError(f"“{text[:60]}” is none of your interests: “show” lists them")
        return found

    def _pause(self, command: Command) -> list[str]:
        until = pause_end(command.argument, self._me.zone, self._now)
        return answers.paused(managing.pause(self._store, self._me, until, self._now))

    def _resume(self, _command: Command) -> list[str]:
        return answers.resumed(managing.unpause(self._store, self._me, self._now), self._now)

    def _mute(self, command: Command) -> list[str]:
        muted = managing.mute(self._store, self._me, command.argument, self._now)
        return [answers.muted(muted, self._me.interests.index(muted) + 1)]

    def _renew(self, _command: Command) -> list[str]:
        self._store.new_link(self._id)
        return answers.renewed(self._me, self._links)

    def _unsubscribe(self, _command: Command) -> list[str]:
        self._store.remove_subscriber(self._id, self._now)
        return answers.goodbye()

    def _opinions(self, command: Command, opinion: str) -> list[str]:
        edition = self._edition()
        if edition is None:
            raise UsageError("no digest has been made for you yet, of which you could say that")
        ranks = list(dict.fromkeys(map(int, _RANK.findall(command.argument))))[:MOST_RANKS]
        return [self._opinion(edition, rank, opinion) for rank in ranks]

    def _opinion(self, edition: Edition, rank: int, opinion: str) -> str:
        try:
            said = opinions.note(self._store, edition, rank, opinion, self._now, Origin.MAIL)
        except UsageError as error:
            return told(error)
        return answers.opinion(opinion == MORE, rank, said.paper.title)

    def _edition(self) -> Edition | None:
        """The edition that the mail answers to; the last one where it answers to none of theirs."""
        for name in self._references:
            found = self._store.delivery_by_message_id(name)
            if found is None or found.kind is not DeliveryKind.EDITION or found.edition_id is None:
                continue
            edition = self._store.edition(found.edition_id)
            if edition.subscriber_id == self._id:
                return edition
        return next(iter(self._store.editions(self._id, 1)), None)
