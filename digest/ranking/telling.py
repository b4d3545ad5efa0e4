"""How much a sentence of an abstract tells of the work itself, by the words that authors use for it (English). Pure."""

from __future__ import annotations

import re
from functools import lru_cache

IS_OWN = 0.8
"""From here on a sentence says what the authors do or find."""

IS_NEAR = 0.2
"""Two sentences that differ by no more tell as much: "we propose" and "we find"."""

LOOKED_AT = 400
"""Only so many characters at the beginning are looked at, which bounds the time for any sentence."""

_WE = r"\b[Ww]e (?:\w+ly |then |also |further |first |here |now |thus |next |therefore )?"
_PROPOSE = (
    r"(?:propose|introduce|present|develop|design|devise|release|build|create|formulate|construct|curate|contribute)\b"
)
_FIND = r"(?:show|find|demonstrate|prove|establish|reveal|discover|derive|report|observe|conclude|identify)\b"
_STUDY = r"(?:study|investigate|explore|examine|analy[sz]e|address|tackle|consider|argue|ask|provide|conduct|collect)\b"
_WORK = r"(?:paper|work|article|study|report|letter|survey|review|thesis)"
_THIS = rf"\b(?:[Tt]his|[Oo]ur|[Tt]he (?:present|current)) {_WORK} (?:\w+ly )?"
_OWN = (
    (1.0, _WE + _PROPOSE),
    (1.0, _THIS + r"(?:propos|introduc|present|develop|describ|show|investigat|stud|explor|address|examin)"),
    (0.9, _WE + _FIND),
    (0.8, _WE + _STUDY),
    (0.8, r"^The (?:paper|authors|article) \w+"),
    (0.8, r"\b(?:is|are) (?:here )?(?:proposed|introduced|presented|developed)\b|\bwe (?:call|name|dub|term)\b"),
    (0.7, r"\b[Oo]ur (?:\w+ ){0,3}?(?:method|approach|model|framework|system|results?|findings|algorithm|analysis)\b"),
    (0.7, r"\b(?:outperform|surpass|achiev|improv|reduc|exceed|attain)(?:s|es|ed|ing)?\b.*?(?:\d|state-of-the-art)"),
    (0.6, rf"\b[Ii]n this {_WORK}\b|\b[Hh]ere,? we\b"),
    (0.6, r"^(?:Results?|Findings|Conclusions?|Interpretation|RESULTS?|FINDINGS|CONCLUSIONS?)(?: ?[:.]| [A-Z])"),
    (0.5, r"\b[Rr]esults (?:show|demonstrate|indicate|suggest|reveal)\b|\b[Ee]xperiments\b"),
    (0.4, r"\b[Ww]e\b|\b[Oo]ur\b"),
)
_SEEN = (
    r"\b(?:has|have) (?:recently |long |also )?"
    r"(?:seen|emerged|become|attracted|gained|shown|achieved|made|revolutioni[sz]ed|demonstrated|been)\b"
)
_OTHERS = (
    r"\b(?:existing|previous|prior|current|traditional|conventional) (?:\w+ )?"
    r"(?:methods?|approaches|works?|models|studies|benchmarks|techniques|systems)\b.*?"
    r"\b(?:lack|fail|suffer|struggle|rely|focus|overlook|ignore|require|assume|are|remain|often)"
)
_MATTERS = (
    r"\b(?:is|are) (?:a |an )?(?:\w+ )?"
    r"(?:(?:crucial|essential|critical|fundamental|key|important|challenging|long-standing|central) "
    r"(?:to|for|in|task|problem|challenge|paradigm|technique|component|step)"
    r"|(?:common|popular|standard|dominant|vital|paramount|inherently)\b)"
)
_NEEDS = (
    r"\b(?:requires?|demands?|seeks? to|relies on|depends? (?:\w+ )?on|calls? for)\b(?! (?:only|no|just|neither)\b)"
)
_BACKGROUND = (
    (0.6, rf"^(?:\w+ )?[Rr]ecent(?:ly)?\b|\b[Ii]n recent years\b|{_SEEN}"),
    (0.6, r"^(?:Background|Importance|Introduction|Motivation|BACKGROUND|IMPORTANCE|INTRODUCTION)(?: ?[:.]| [A-Z])"),
    (0.5, r"^(?:However|Despite|Although|While|Yet|Unfortunately|Nevertheless|But|Whereas)\b"),
    (0.4, r"^(?:Existing|Current|Previous|Prior|Traditional|Conventional|Many|Most|Modern|Today|As)\b"),
    (0.5, _OTHERS),
    (0.5, rf"\bremains? (?:a |an |largely |under|un|chall|open|diff|lim|elus)|{_MATTERS}"),
    (0.3, _NEEDS),
    (0.3, r"\b(?:limitations?|bottlenecks?|challenges|drawbacks?|costly|expensive|difficult|unclear|unknown)\b"),
    (0.4, r"\b(?:typically|often|usually|commonly|widely|traditionally)\b"),
)
# What makes a poor line by itself: where the code is, a question, an example, a hope, one of a list or what announces
# one, what leans on the sentence before.
_LEANS = (
    r"^(?:It|They|These|Such|This|Both|There|Here|Then|Next|Second|Third|Finally|Additionally|Furthermore|Moreover|Also"
    rf"|In addition|Together|First|Firstly|Secondly|Lastly|Meanwhile|Besides)\b(?! {_WORK})"
)
_AVAILABLE = (
    r"\b(?:[Cc]odes?|[Dd]ata(?:sets?)?|[Mm]odels?|[Ww]eights|[Dd]emos?)\b.*?"
    r"\b(?:available|open-sourced|accessed|(?:be|are|is) (?:\w+ )?released)\b"
)
_ANNOUNCES = (
    r"\b(?:two|three|four|five|several|following) (?:\w+ )?(?:contributions|techniques|ideas|steps|stages|components"
    r"|parts|innovations|findings|strategies|improvements|modules)(?: in this \w+)?[.:]$"
)
_POOR = (
    (1.5, r"https?://|\bwww\.|\b[Gg]it[Hh]ub\b|\b[Pp]roject (?:page|website)\b"),
    (1.2, _AVAILABLE),
    (0.5, r"\?[\"'”’)]*$"),
    (0.9, r"\b[Ww]e (?:hope|believe|expect|envision|plan)\b"),
    (0.5, r"\bfuture (?:work|research|studies)\b|\bpav(?:es?|ing) the way\b|\blay(?:s|ing)? the (?:foundation|ground)"),
    (0.5, _ANNOUNCES),
    (0.4, r"^(?:\w+, )?\(?(?:\d|[ivx]{1,4})\) "),
    (0.2, r"^(?:For (?:example|instance)|Specifically|In particular|Namely|Concretely)\b"),
    (0.3, _LEANS),
    (0.3, r"\b[Ww]e (?:also|further|additionally)\b"),
    (0.2, r"\b(?:[Ee]xtensive|[Cc]omprehensive|[Ee]xhaustive) (?:experiments|evaluations?|results)\b"),
)

Cues = tuple[tuple[float, re.Pattern[str]], ...]


@lru_cache(maxsize=4096)
def telling(sentence: str) -> float:
    """How much `sentence` tells of the work itself: 1 at most; below 0 it is background, or where the code is.

    The strongest word of its own counts. What speaks of the field and of others counts against it, a
    quarter as much where it goes on to what the authors do; what makes a poor line always counts.
    """
    looked_at = sentence[:LOOKED_AT]
    own_cues, background_cues, poor_cues = _cues()
    own = max(_found(own_cues, looked_at), default=0.0)
    background = min(sum(_found(background_cues, looked_at)), 1.0)
    return own - background * (0.25 if own >= IS_OWN else 1) - sum(_found(poor_cues, looked_at))


def _found(cues: Cues, words: str) -> list[float]:
    return [weight for weight, cue in cues if cue.search(words)]


@lru_cache(maxsize=1)
def _cues() -> tuple[Cues, Cues, Cues]:
    own, background, poor = (
        tuple((weight, re.compile(cue)) for weight, cue in group) for group in (_OWN, _BACKGROUND, _POOR)
    )
    return own, background, poor
