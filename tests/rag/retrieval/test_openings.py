import pytest

from core.types import Block, Document, Hit
from ingestion.passages import split
from rag.embedding.open import open_embedder
from rag.library.manifest import Manifest
from rag.library.rows import Source
from rag.library.store import Library
from rag.retrieval.openings import about_the_whole, is_preamble, with_openings

LINES = [
    "SERVICE CONTRACT",
    "This contract is made on 3 May 2024 between Ash Ltd and Birch plc.",
    "Birch cleans the offices each night.",
    "Either side may end it with a month's notice.",
]


@pytest.mark.parametrize(
    "question",
    [
        "Who are the parties?",
        "Parties: The two or more parties who signed the contract",
        "Agreement Date: The date of the contract",
        "What is the name of the lease?",
        "When does the contract become effective?",
        "When was the agreement signed?",
        "合同双方是谁？",
        "甲方是谁？",
        "合同什么时候签订的？",
        "合同名称是什么？",
    ],
)
def test_questions_about_a_document_as_a_whole(question):
    assert about_the_whole(question)


@pytest.mark.parametrize(
    "question",
    [
        "May the parties meet on Sundays?",
        "When does the pump start?",
        "What is the name of the red button?",
        "甲方应当何时付款？",
        "双方如何分担费用？",
    ],
)
def test_questions_about_something_in_it(question):
    assert not about_the_whole(question)


def test_a_preamble_stands_at_the_beginning():
    assert is_preamble(LINES[1], 20)
    assert is_preamble("SERVICE CONTRACT", 0)
    assert is_preamble("甲方：青松公司", 10)
    assert not is_preamble(LINES[1], 5000)
    assert not is_preamble(LINES[2], 0)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    embedder = open_embedder("minilm")
    manifest = Manifest(embedder.name, embedder.sha256, embedder.dimension, "en")
    with Library.create(tmp_path_factory.mktemp("library"), manifest) as library:
        for name in ("a.txt", "b.txt", "c.txt"):
            text, blocks = f"# {name}\n", [Block("heading", 0, 7, 1)]
            for number, line in enumerate(LINES):  # a heading before each, so that each is a passage of its own
                heading = f"{number}\n"
                blocks.append(Block("heading", len(text), len(text) + 1, 2))
                blocks.append(Block("text", len(text) + len(heading), len(text) + len(heading) + len(line)))
                text += f"{heading}{line} {name}\n"
            document = Document(name, "text/plain", text, name.ljust(64, "0"), blocks=tuple(blocks))
            library.put(document, split(document), embedder.embed, Source(f"/{name}", 0, 0, "", name=name))
        yield library


def hits(library, *wanted):
    passages = {stored.passage.text: stored for stored in library.passages(range(1, 100))}
    found = [passages[f"{LINES[line]} {name}"] for name, line in wanted]
    return [
        Hit(stored.passage, stored.document.name, "text/plain", 1.0 - number / 10, lexical=2.0, dense=0.5)
        for number, stored in enumerate(found)
    ]


def told(found):
    return [
        (hit.document, next(n for n, line in enumerate(LINES) if hit.passage.text.startswith(line))) for hit in found
    ]


def test_openings_stand_behind_the_best_hit_of_their_document(library):
    found = with_openings(hits(library, ("a.txt", 2), ("b.txt", 3), ("a.txt", 3), ("c.txt", 2)), library)
    assert told(found) == [
        ("a.txt", 2), ("a.txt", 0), ("a.txt", 1), ("b.txt", 3), ("b.txt", 0), ("b.txt", 1), ("a.txt", 3), ("c.txt", 2)
    ]  # fmt: skip
    assert [hit.score for hit in found] == [1.0, 1.0, 1.0, 0.9, 0.9, 0.9, 0.8, 0.7]
    assert [(hit.lexical, hit.dense) for hit in found[:2]] == [(2.0, 0.5), (None, None)]


def test_an_opening_that_was_found_itself_moves_up_with_its_parts(library):
    found = with_openings(hits(library, ("a.txt", 3), ("b.txt", 2), ("a.txt", 1)), library)
    assert told(found) == [("a.txt", 3), ("a.txt", 0), ("a.txt", 1), ("b.txt", 2), ("b.txt", 0), ("b.txt", 1)]
    assert (found[2].score, found[2].lexical) == (1.0, 2.0)


def test_of_nothing_there_is_no_opening(library):
    assert with_openings([], library) == []
