"""What the gate measures is what `pincite evaluate` measures."""

from rag.assistant import Assistant
from rag.evaluation.gate import GUARDED
from rag.evaluation.present import measure
from rag.evaluation.questions import Gold, Question
from rag.evaluation.records import values
from rag.evaluation.run import evaluate
from rag.evaluation.subject import Subject
from tests.rag.evaluation.conftest import question_set

THINGS = "boiler crane drill engine fan gate heater lift mixer oven press saw turbine".split()
MANUAL = "".join(
    f"## The {thing}\n\nThe warranty of the {thing} ends after {months} months. It is listed under {thing}.\n\n"
    for months, thing in enumerate(THINGS, 3)
)
QUESTION = Question("pump", "How long is the warranty?", "en", True, ("two years",), (Gold("pump.txt"),))


def test_the_same_figure_has_the_same_name(tmp_path):
    """Ten passages of one manual come first: the document after it is the second found, not beyond the tenth."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "manual.md").write_text(f"# Warranty\n\n{MANUAL}")
    (tmp_path / "documents" / "pump.txt").write_text("Pumps leave the works tested. They are guaranteed for two years.")
    with Assistant.open(tmp_path / "library", create=True, language="en") as assistant:
        assert [result.status for result in assistant.add([tmp_path / "documents"])] == ["added"] * 2
        (tmp_path / "library" / "pincite.toml").write_text("[answer]\ndraft = false\njudge = false\n")
        subject = Subject(assistant)
        assert {hit.document for hit in subject.search(QUESTION, 10)} == {"manual.md"}
        gate, run = measure(subject, [QUESTION]), evaluate(subject, question_set(QUESTION))
    assert gate.figures["recall@10"] == {"pump": 1.0}
    assert 0.6 < gate.figures["ndcg@10"]["pump"] < 0.7
    assert gate.figures == {name: values(run.records, name) for name in GUARDED}
