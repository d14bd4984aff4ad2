import pytest

from core.errors import SettingsError, UsageError
from core.types import Block, Document, Filters
from ingestion.passages import split
from rag.embedding.open import open_embedder
from rag.library.manifest import Manifest
from rag.library.rows import Source
from rag.library.store import Library
from rag.retrieval.retriever import RetrievalSettings, Retriever

TEXTS = {
    "pump.txt": "To restart the pump, hold the red button for ten seconds until the lamp turns green.",
    "errors.txt": "E-42: the water pressure is too low. Open the inlet valve.",
    "more-errors.txt": "E-43: the motor is too hot. Let the machine cool down for an hour.",
    "lease.txt": "The tenant pays the rent on the first working day of each month.",
    "copy-of-lease.txt": "The tenant pays the rent on the first working day of each month.",
    "水泵.txt": "长按红色按钮十秒钟，直到指示灯变绿，水泵即重新启动。",
    "故障.txt": "水压过低时请打开进水阀；电机过热时请关闭电源，冷却一小时。",
}


@pytest.fixture(scope="module")
def embedder():
    return open_embedder()


def put(library, embedder, name, text):
    document = Document(name, "text/plain", text, "0" * 64, blocks=(Block("text", 0, len(text)),))
    library.put(document, split(document), embedder.embed, Source(f"/{name}", 0, 0, "", name=name))


@pytest.fixture(scope="module")
def library(embedder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    with Library.create(folder, Manifest(embedder.name, embedder.sha256, embedder.dimension, "mixed")) as library:
        for name, text in TEXTS.items():
            put(library, embedder, name, text)
        yield library


@pytest.fixture
def search(library, embedder):
    retriever = Retriever(library, embedder)
    return lambda question, k=3, **filters: retriever.search(question, k, Filters(**filters))


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("How do I restart the pump?", "pump.txt"),
        ("What does E-43 mean?", "more-errors.txt"),
        ("e-42", "errors.txt"),
        ("When is payment for the flat due?", "lease.txt"),
        ("怎样重启水泵？", "水泵.txt"),
        ("馬達過熱怎麼辦", "故障.txt"),
        ("什么时候交房租？", "lease.txt"),
    ],
)
def test_the_right_passage_is_first(search, question, document):
    assert search(question)[0].document == document


def test_a_hit_tells_where_it_stands_and_why(library, embedder):
    hit = Retriever(library, embedder, RetrievalSettings(rerank=0)).search("restart pump")[0]
    assert hit.passage.text == TEXTS["pump.txt"]
    assert hit.media_type == "text/plain"
    assert hit.lexical > 0
    assert 0.3 < hit.dense <= 1
    # It is the best there is for both words, so that it has the whole share of them.
    assert hit.score == pytest.approx((hit.dense + 1) / 2)
    assert hit.rerank is None


def test_scores_fall_and_only_met_words_count(search):
    hits = search("restart pump", 10)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert {hit.document for hit in hits if hit.lexical is not None} == {"pump.txt"}


def test_the_same_clause_in_two_documents_is_one_hit(search):
    hits = search("rent", 10)
    assert len(hits) == len(TEXTS) - 1
    assert {hits[0].document, *hits[0].also_in} == {"lease.txt", "copy-of-lease.txt"}


def test_k_hits_although_some_are_folded(search):
    assert len(search("The tenant pays the rent", 2)) == 2


def test_filters(search):
    assert [hit.document for hit in search("pump", 10, documents=("*.txt",), media_types=("text/html",))] == []
    assert {hit.document for hit in search("restart the pump", 10, documents=("*errors.txt",))} == {
        "errors.txt",
        "more-errors.txt",
    }


def test_the_same_twice(search):
    assert search("valve", 10) == search("valve", 10)


def test_a_change_of_the_library_is_seen(embedder, tmp_path):
    with Library.create(tmp_path, Manifest(embedder.name, embedder.sha256, embedder.dimension, "mixed")) as library:
        retriever = Retriever(library, embedder)
        put(library, embedder, "a.txt", "The valve is open.")
        (before,) = retriever.search("valve pump")
        put(library, embedder, "b.txt", "The pump is off.")
        after = next(hit for hit in retriever.search("valve pump") if hit.document == "a.txt")
        assert after.lexical > 0
        assert after.dense == before.dense
        assert len(retriever.search("valve pump")) == 2


def test_an_empty_library(embedder, tmp_path):
    with Library.create(tmp_path, Manifest(embedder.name, embedder.sha256, embedder.dimension, "mixed")) as library:
        assert Retriever(library, embedder).search("anything") == []


@pytest.mark.parametrize(("question", "k", "message"), [(" \n", 3, "empty"), ("pump", 0, "k is 0")])
def test_what_cannot_be_asked(search, question, k, message):
    with pytest.raises(UsageError, match=message):
        search(question, k)


@pytest.mark.parametrize("question", ['"', "OR AND NOT", "a*b:c^2", "的", "?!", "x" * 20_000, "\ud800 pump"])
def test_hostile_questions_are_only_questions(search, question):
    assert len(search(question)) == 3


@pytest.mark.parametrize("wrong", [{"candidates": 0}, {"rerank": -1}, {"dense_weight": 1.5}, {"dense_weight": -0.1}])
def test_settings_say_what_is_valid(wrong):
    with pytest.raises(SettingsError, match="takes a"):
        RetrievalSettings(**wrong)


def test_a_judge_puts_the_first_hits_in_order_if_it_is_asked_to(library, embedder, tmp_path):
    from tests.rag.judge.made import make_judge

    class Reads:
        judge = make_judge(tmp_path)

        def reading(self, question, texts):
            return self.judge

    english = Filters(documents=("pump.txt", "more-errors.txt", "errors.txt"))
    plain = Retriever(library, embedder, RetrievalSettings(rerank=0)).search("restart motor", 3, english)
    found = Retriever(library, embedder, RetrievalSettings(rerank=3), Reads()).search("restart motor", 3, english)
    assert {hit.document for hit in found} == {hit.document for hit in plain}
    assert all(hit.rerank is not None for hit in found)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert all(hit.rerank is None for hit in plain)
    (best,) = Retriever(library, embedder, RetrievalSettings(rerank=3), Reads()).search("restart motor", 1, english)
    assert best == found[0]


def test_passages_of_the_document_that_is_named_come_first_though_they_do_not_name_it(embedder, tmp_path):
    revenue = "Revenue was {} million, which was more than before."
    texts = {
        "Ash 2023 Q1.txt": "Report of Ash Inc.\nfor the first quarter\n" + revenue.format(7),
        "Ash 2023 Q2.txt": "Report of Ash Inc.\nfor the second quarter\n" + revenue.format(8),
        "Birch 2023 Q1.txt": "Report of Birch plc\nRevenue and all about it\n" + revenue.format(9),
        "Birch 2023 Q2.txt": "Report of Birch plc\nRevenue and all about it\n" + revenue.format(5),
    }
    with Library.create(tmp_path, Manifest(embedder.name, embedder.sha256, embedder.dimension, "en")) as library:
        for name, text in texts.items():
            lines, blocks, at = [*text.split("\n"), *(f"Note {number}." for number in range(6))], [], 0
            for line in lines:  # a heading each, so that each is a passage of its own
                blocks += [Block("heading", at, at + 1, 1), Block("text", at + 2, at + 2 + len(line))]
                at += len(line) + 3
            text = "\n".join(f"#\n{line}" for line in lines)
            document = Document(name, "text/plain", text, name.ljust(64, "0"), blocks=tuple(blocks))
            library.put(document, split(document), embedder.embed, Source(f"/{name}", 0, 0, "", name=name))
        retriever = Retriever(library, embedder, RetrievalSettings(rerank=0))
        (best, *others) = retriever.search("What was the revenue of Ash in Q2?", 30)
        assert (best.document, best.passage.text) == ("Ash 2023 Q2.txt", revenue.format(8))
        assert best.named == ("Ash", "Q2")
        assert {hit.named for hit in others if hit.document != best.document} == {()}
        filtered = retriever.search("What was the revenue of Ash in Q2?", 30, Filters(documents=("Birch*",)))
        assert {hit.named for hit in filtered} == {()}


def test_a_document_that_the_question_calls_by_a_code_in_its_name_comes_first(embedder, tmp_path):
    wanted, other = "The seal was swollen, and the kit is on order.", "The ticket was about noise: a screw was loose."
    with Library.create(tmp_path, Manifest(embedder.name, embedder.sha256, embedder.dimension, "mixed")) as library:
        for name, text in {
            "HR-T-1012": wanted,
            "report_20080102X7.pdf": "Again: " + wanted,
            "HR-T-1013": other,
        }.items():
            put(library, embedder, name, text)
        retriever = Retriever(library, embedder)

        def first(question, **filters):
            return retriever.search(question, 3, Filters(**filters))[0].document

        assert first("What happened with the ticket?") == "HR-T-1013"
        assert first("What happened with the ticket HR-T-1012?") == "HR-T-1012"
        assert first("what happened with the ticket hrt1012") == "HR-T-1012"
        assert first("What happened in 20080102X7?") == "report_20080102X7.pdf"
        assert first("What happened with the ticket HR-T-1012?", documents=("HR-T-1013",)) == "HR-T-1013"
        for number in range(3):
            put(library, embedder, f"HR-T-1012 copy {number}", f"Nothing of note, {number}.")
        assert first("What happened with the ticket HR-T-1012?") == "HR-T-1013"


def test_where_no_hit_is_in_the_questions_language_the_order_stays(library, embedder):
    asked = ("How do I restart the pump?", 3, Filters(documents=("水泵.txt", "故障.txt")))
    read = Retriever(library, embedder, RetrievalSettings(rerank=5)).search(*asked)
    assert read == Retriever(library, embedder, RetrievalSettings(rerank=0)).search(*asked)


def test_of_hits_in_two_languages_those_in_the_questions_are_read(library, embedder):
    hits = Retriever(library, embedder, RetrievalSettings(rerank=7)).search("How do I restart the pump?", 7)
    assert {hit.document for hit in hits if hit.rerank is None} == {"水泵.txt", "故障.txt"}
    assert hits[0].document == "pump.txt"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
