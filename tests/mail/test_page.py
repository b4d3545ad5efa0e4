from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from digest.mail.page import arranged, page
from digest.model import LIKED, MEANING, Block, Edition, Interest, InterestKind, Links, Match, Pick, Rhythm
from digest.ranking.query import parse_all
from tests.factories import edition, letterhead, paper, subscriber

DIFFUSION = Interest(InterestKind.WORDS, "diffusion")


def mixed(ranked=0, trending=0, revised=0, looked_at=212, interest="diffusion") -> Edition:
    blocks = [Block.RANKED] * ranked + [Block.TRENDING] * trending + [Block.REVISED] * revised
    found = (Match(interest, "title", 1),)
    picks = tuple(
        Pick(n, paper(title=f"Title {n}"), matches=found if block is Block.RANKED else (), block=block)
        for n, block in enumerate(blocks, 1)
    )
    return edition(picks=picks, looked_at=looked_at)


def the_page(made: Edition, *interests: Interest, **fields):
    return page(made, subscriber(interests=interests, **fields), letterhead())


@pytest.mark.parametrize(
    ("picks", "interests", "preview", "lead"),
    [
        ({"ranked": 7}, (DIFFUSION,), "7 new papers on diffusion; 212 looked at", "7 papers"),
        ({"ranked": 1}, (DIFFUSION,), "1 new paper on diffusion; 212 looked at", "1 paper"),
        (
            {"ranked": 2, "revised": 1},
            (DIFFUSION,),
            "2 new papers on diffusion; 1 new version; 212 looked at",
            "2 papers",
        ),
        ({"trending": 3}, (), "3 trending papers; 212 looked at", "3 trending papers"),
        (
            {"trending": 3},
            (DIFFUSION,),
            "Nothing new on your interests; 3 trending; 212 looked at",
            "3 trending papers",
        ),
        ({"revised": 2}, (DIFFUSION,), "2 new versions of papers you had; 212 looked at", "2 new versions"),
        ({}, (DIFFUSION,), "No new papers for you; 212 looked at", "No new papers for you"),
    ],
)
def test_the_first_line_and_the_subject_say_what_there_is(picks, interests, preview, lead):
    made = the_page(mixed(**picks), *interests)
    assert (made.preview, made.lead) == (preview, lead)


def test_the_preview_names_the_three_interests_that_hit_most():
    hits = [("a",), ("a", "b"), ("b", "a"), ("c",), ("c", "b"), ("d",)]
    picks = tuple(Pick(n, paper(), matches=tuple(Match(i, "title", 1) for i in h)) for n, h in enumerate(hits, 1))
    assert the_page(edition(picks=picks, looked_at=9)).preview == "6 new papers on a, b, c; 9 looked at"


ALIKE, NEAR = Match("A title that one liked", LIKED, 1), Match("diffusion", MEANING, 1)
HIT = Match("diffusion", "title", 1)


@pytest.mark.parametrize(
    ("matches", "about"),
    [
        ([(ALIKE,), (ALIKE,)], "2 new papers close to papers you liked"),
        ([(HIT,), (ALIKE,)], "2 new papers on diffusion, or close to papers you liked"),
        ([(HIT, ALIKE)], "1 new paper on diffusion"),
        ([(NEAR,)], "1 new paper on diffusion"),
        ([()], "1 new paper"),
    ],
)
def test_the_preview_never_takes_a_liked_title_for_a_topic(matches, about):
    picks = tuple(Pick(n, paper(), matches=found) for n, found in enumerate(matches, 1))
    for interests in ((), (DIFFUSION,)):
        assert the_page(edition(picks=picks, looked_at=9), *interests).preview == f"{about}; 9 looked at"


def test_the_line_that_sums_up_is_chosen_for_every_card():
    made = edition(paper(abstract="Much is known. We propose a sampler.", summary="Samplers, in short."))
    told = [
        page(made, subscriber(), letterhead(), summary=summary).sections[0].cards[0].plain_summary
        for summary in ("sentence", "source", "none")
    ]
    assert told == ["We propose a sampler.", "Samplers, in short.", ""]


def test_sections_stand_in_order_and_new_versions_are_lines():
    made = the_page(mixed(2, 1, 2))
    assert [(s.title, [c.number for c in s.cards], [c.number for c in s.lines]) for s in made.sections] == [
        ("For you", [1, 2], []),
        ("Also trending", [3], []),
        ("New versions of papers you had", [], [4, 5]),
    ]
    assert [s.title for s in the_page(mixed(0, 1)).sections] == ["Trending"]


@pytest.mark.parametrize(
    ("full", "lines", "cards", "shown", "more"),
    [(9, 9, [1, 2, 3], [4, 5], 0), (1, 9, [1], [2, 3, 4, 5], 0), (1, 2, [1], [2, 3], 2), (0, 0, [], [], 5)],
)
def test_what_does_not_fit_shrinks_from_below_and_is_counted(full, lines, cards, shown, more):
    smaller = arranged(the_page(mixed(2, 1, 2)), full, lines)
    assert [c.number for s in smaller.sections for c in s.cards] == cards
    assert [c.number for s in smaller.sections for c in s.lines] == shown
    assert smaller.more == more
    assert all(s.cards or s.lines for s in smaller.sections)


def test_an_edition_without_picks_says_why():
    assert the_page(mixed(), DIFFUSION).note == (
        "212 new papers came in since your last digest; none of them was close enough to your interests."
    )
    assert the_page(mixed(looked_at=1), DIFFUSION).note == (
        "1 new paper came in since your last digest; it was not close enough to your interests."
    )
    assert (
        the_page(mixed(looked_at=2)).note == "2 new papers came in since your last digest; none of them is in this one."
    )
    assert the_page(mixed(looked_at=0)).note == "No new papers came in since your last digest."
    assert the_page(mixed(1)).note == ""


def test_a_note_calls_nothing_empty_that_could_not_be_looked_at():
    down = tuple((f"source-{n}", datetime(2026, 5, 24, 18 + n, 5, tzinfo=UTC)) for n in range(5))
    one = the_page(replace(mixed(looked_at=0), unreached=down[:1]), zone="Europe/Berlin")
    assert one.note == (
        "source-0 could not be reached since 24 May 2026, 20:05 (Europe/Berlin). "
        "What came out there meanwhile will be in a later digest."
    )
    assert one.lead == "No papers for you: a source could not be reached"
    assert one.preview == "No papers for you: a source could not be reached; 0 looked at"
    some = the_page(replace(mixed(looked_at=2), unreached=down), zone="Europe/Berlin")
    assert some.lead == "No papers for you: 5 sources could not be reached"
    assert [sentence for sentence in some.note.split(". ") if "source" not in sentence] == [
        "What came out there meanwhile will be in a later digest",
        "2 new papers came in since your last digest; none of them is in this one.",
    ]
    assert "Nor could 2 more sources." in some.note
    assert the_page(replace(mixed(1), unreached=down)).lead == "1 paper"


def test_nothing_new_at_a_weekend_is_nothing_unusual():
    saturday = replace(mixed(looked_at=0), edition_date=date(2026, 5, 23))
    assert the_page(saturday).note == "No new papers came in since your last digest, as is usual at a weekend."


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (["diffusion", '"protein folding"^2', "author:Hopper"], "diffusion, protein folding, Hopper"),
        (["diffusion", "-survey", '-"position paper"'], "diffusion, but not survey or position paper"),
        (["-survey"], "not survey"),
        ([], ""),
    ],
)
def test_interests_are_told_in_plain_words(terms, words):
    assert the_page(mixed(1), *parse_all(terms)).interests == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (range(7), "every day at 07:30 (Europe/Berlin)"),
        (range(5), "on weekdays at 07:30 (Europe/Berlin)"),
        ([4], "every Friday at 07:30 (Europe/Berlin)"),
        ([4, 0], "every Monday and Friday at 07:30 (Europe/Berlin)"),
    ],
)
def test_the_footer_says_when(days, words):
    made = the_page(mixed(1), rhythm=Rhythm(frozenset(days)), send_at=time(7, 30), zone="Europe/Berlin")
    assert made.rhythm == words


def test_there_is_always_a_way_to_unsubscribe():
    heads = [letterhead(), letterhead(unsubscribe=""), letterhead(unsubscribe="", reply_to="", help="")]
    pages = [page(mixed(1), subscriber(), head) for head in heads]
    assert [p.unsubscribe for p in pages] == ["unsubscribe@example.test", "help@example.test", "digest@example.test"]
    assert pages[2].unsubscribe_url == "mailto:digest@example.test?subject=unsubscribe"
    assert (pages[0].help_url, pages[2].help_url) == ("mailto:help@example.test?subject=help", "")


def test_arxiv_is_thanked_when_a_paper_comes_from_there():
    plain = paper(arxiv_id="", key="doi:10.1/x", links=Links(abstract="https://journal.test/x"), sources=("journal",))
    assert not the_page(edition(plain)).from_arxiv
    assert the_page(edition(plain, paper())).from_arxiv
    assert the_page(edition(replace(plain, sources=("arxiv-cs",)))).from_arxiv
    assert the_page(edition(replace(plain, links=Links(pdf="https://arxiv.org/pdf/1")))).from_arxiv
    assert not the_page(edition(replace(plain, links=Links(pdf="https://[bad")))).from_arxiv
