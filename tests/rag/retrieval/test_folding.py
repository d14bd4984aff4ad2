from core.types import Hit, Passage
from rag.retrieval.folding import fold

CLAUSE = (
    "The Supplier shall keep the records of every delivery for 24 months after the end of this Agreement, "
    "and shall hand them over to the Customer upon request, at its own cost and in a common format."
)


def hit(document: str, text: str, score: float = 1.0) -> Hit:
    return Hit(Passage(document, 0, len(text), text), document, "text/plain", score)


def folded(*texts: str) -> list[tuple[str, tuple[str, ...]]]:
    hits = [hit(chr(ord("a") + number), text) for number, text in enumerate(texts)]
    return [(found.document, found.also_in) for found in fold(hits)]


def test_the_same_text_is_one_hit_that_names_the_others():
    assert folded(CLAUSE, "Something else entirely.", CLAUSE, CLAUSE) == [("a", ("c", "d")), ("b", ())]


def test_other_spacing_and_one_other_word():
    assert folded(CLAUSE, CLAUSE.replace(" ", "\n").replace("common", "usual")) == [("a", ("b",))]


def test_another_number_is_another_clause():
    assert folded(CLAUSE, CLAUSE.replace("24", "12")) == [("a", ()), ("b", ())]


def test_a_negation_is_another_clause():
    assert folded(CLAUSE, CLAUSE.replace("shall hand", "shall not hand")) == [("a", ()), ("b", ())]


def test_half_the_text_is_another_passage():
    assert folded(CLAUSE, CLAUSE[:100]) == [("a", ()), ("b", ())]


def test_chinese():
    clause = "供应商应当自本合同终止之日起将每次交货的记录保存二十四个月，并应客户要求移交。"
    assert folded(clause, clause, clause.replace("二十四", "十二")) == [("a", ("b",)), ("c", ())]


def test_twice_in_one_document_names_no_other():
    assert [found.also_in for found in fold([hit("a", CLAUSE), hit("a", CLAUSE)])] == [()]


def test_names_are_not_lost_when_folded_hits_are_folded_again():
    once = fold([hit("a", CLAUSE), hit("b", CLAUSE)])
    assert [found.also_in for found in fold([*once, hit("c", CLAUSE)])] == [("b", "c")]


def test_nothing():
    assert fold([]) == []
