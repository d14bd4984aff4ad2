import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from rag.evaluation.compare import compared
from rag.evaluation.figures import summarised
from rag.evaluation.records import Found, Record, Score
from rag.evaluation.report.cases import badness, outcome
from rag.evaluation.report.comparison_page import write_comparison
from rag.evaluation.report.run_page import as_set, write_report
from tests.rag.evaluation.runs import MANIFEST, made_run, question, record

PAIRS = [
    (question("1", "Fine?"), record("1", 0.9, rightly_cited=1.0, evidence=1.0, mrr=1.0)),
    (question("2", "Is <script>alert(1)</script> wrong?"), record("2", 0.8, rightly_cited=0.0, evidence=0.0)),
    (question("3", "Refused?"), record("3", 0.2, "not_found", rightly_cited=0.0, evidence=1.0, wrongly_refused=1.0)),
    (question("4", "Invented?", answerable=False), record("4", 0.6, wrongly_answered=1.0)),
]
VOID = {"meta", "line", "circle", "rect", "polyline", "br"}


class Checked(HTMLParser):
    """Notes what is opened and not closed, and what would be fetched."""

    def __init__(self):
        super().__init__()
        self.open, self.faults = [], []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "link", "img", "iframe", "object") or {"src", "href"} & dict(attrs).keys():
            self.faults.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.faults.append(f"/{tag}")


def sound(path):
    text = path.read_text(encoding="utf-8")
    checked = Checked()
    checked.feed(text)
    assert (checked.open, checked.faults) == ([], [])
    assert "://" not in text
    return text


@pytest.fixture
def run(tmp_path):
    (tmp_path / "run").mkdir()
    return made_run(tmp_path / "run", *PAIRS)


def test_a_report_needs_nothing_from_elsewhere_and_runs_nothing(run):
    text = sound(write_report(run))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "x &lt;b&gt;" in text


def test_a_report_shows_figures_worst_cases_and_reasons(run):
    text = write_report(run).read_text(encoding="utf-8")
    assert re.search(r"rightly cited</span><b>0\.333</b>", text)
    worst = text[text.index("The worst cases") : text.index("Every question")]
    assert "3 of 4 went wrong" in worst
    asked = re.findall(r'<span class="what">([^<&]*)', worst)
    assert asked == ["Invented?", "Is ", "Refused?"]
    assert "quote of 4" in worst
    assert "a.pdf, page 2 (5–9)" in worst
    assert "it would have said" in worst
    assert "unsaid" in worst
    assert "reason of wrongly_answered" in worst
    every = text[text.index("Every question") :]
    assert "Fine?" in every
    assert "minilm" in every


def test_a_case_shows_what_was_found_and_which_of_it_is_gold(tmp_path):
    found = [Found("b.md", 9, 20, None, 0.1, ("copy.md",)) for _ in range(8)]
    found[0] = Found(
        "b.md", 0, 400, None, 0.9, (), heading=("Fees", "Late <payment>"), text="One line.\n\nAnother & it"
    )
    found[6] = Found("a.pdf", 0, 9, 2, 0.2, (), True, ("Term",), "It ends in May.")
    file = tmp_path / "a b.pdf"
    held = Record("1", tuple(found), scores={"mrr": Score(1 / 7, "late")}, files={"a.pdf": str(file)})
    text = write_report(made_run(tmp_path, (question("1"), held))).read_text(encoding="utf-8")
    shown = text[text.index("<dt>passages") : text.index("</dd>", text.index("<dt>passages"))]
    assert re.findall(r"(\d+)\. <span", shown) == ["1", "2", "3", "4", "5", "7"]
    assert "Fees › Late &lt;payment&gt;" in shown
    assert '<p class="small">One line.\nAnother &amp; it…</p>' in shown
    link = f'<a href="{file.as_uri()}#page=2">a.pdf, page 2</a>'
    assert f'{link} (0–9)</span> <span class="tag good">gold</span>' in shown
    assert shown.count(">gold<") == 1
    assert "the same in copy.md" in shown
    assert f"<dt>stands in</dt><dd>{link}</dd>" in text


def test_where_nothing_gold_is_found_a_case_says_so(tmp_path):
    held = Record("1", (Found("b.md", 9, 20, None, 0.1),), scores={"mrr": Score(0.0, "no gold place")})
    text = write_report(made_run(tmp_path, (question("1"), held))).read_text(encoding="utf-8")
    assert "none of 1 passages stands at a gold place" in text


def test_questions_that_failed_stand_apart(tmp_path):
    run = made_run(tmp_path, *PAIRS, (question("5", "Broken?"), Record("5", error="The prompt <has> 90 tokens.")))
    text = sound(write_report(run))
    assert "4 questions, 1 of them not answerable; 1 more failed, and are in no figure" in text
    failed = text[text.index("Questions that failed") : text.index("The worst cases")]
    assert "<td>Broken?</td><td>The prompt &lt;has&gt; 90 tokens.</td>" in failed
    assert "3 of 4 went wrong" in text
    assert as_set(run) == (0.75, pytest.approx(2 / 3))


def test_a_report_shows_each_slice_with_its_intervals(tmp_path):
    spoken = [(replace(asked, language=("en", "zh")[at % 2]), held) for at, (asked, held) in enumerate(PAIRS)]
    text = sound(write_report(made_run(tmp_path, *spoken)))
    sliced = text[text.index("<h2>Slices") : text.index("<h2>The worst cases")]
    assert "<h3>By language: 2 en, 2 zh</h3>" in sliced
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in sliced.split("<tr>")[2:]]
    assert [[re.sub("<.*?>", "", cell) for cell in row] for row in rows] == [
        ["rightly cited", "en", "0.500", "", "0.000 to 1.000", "2"],
        ["rightly cited", "zh", "0.000", "", "0.000 to 0.000", "1"],
        ["wrongly refused", "en", "1.000", "", "1.000 to 1.000", "1"],
        ["wrongly answered", "zh", "1.000", "", "1.000 to 1.000", "1"],
    ]


def test_how_bad_an_outcome_is():
    ranked = sorted(PAIRS, key=lambda pair: -badness(*pair))
    assert [each.id for each, _ in ranked] == ["4", "2", "3", "1"]
    assert badness(*PAIRS[0]) == 0.0
    assert [outcome(each)[0] for _, each in PAIRS] == [
        "rightly cited", "not right", "wrongly refused", "answered, not answerable"]  # fmt: skip
    assert outcome(record("5", mrr=0.25)) == ("found at 4", "good")
    assert outcome(record("6", mrr=0.0)) == ("not found", "bad")


def test_what_an_invented_answer_costs_is_for_the_asker_to_say():
    questions, records = tuple(each for each, _ in PAIRS), {each.id: each for _, each in PAIRS}
    told = [summarised(questions, records, *cost)["answerability"] for cost in ((), (2.0,))]
    assert [each["cost"] for each in told] == [(5 + 1) / 4, (2 + 1) / 4]
    assert told[1]["costs"][0] == {"is": "unanswerable", "taken_for": "answerable", "cost": 2.0}


def test_a_report_says_what_computed_it_where_that_is_known(tmp_path):
    code = {**MANIFEST["code"], "commit": "abc-dirty"}
    machine = {"packages": {"faiss-cpu": "1.9"}, "threads": 2}
    text = write_report(made_run(tmp_path, *PAIRS, code=code, machine=machine)).read_text(encoding="utf-8")
    assert "source cccccccccccc, commit abc-dirty<" in text
    assert "<dt>machine</dt><dd>faiss-cpu 1.9; threads 2</dd>" in text


def test_where_the_threshold_in_use_stands(run):
    assert as_set(run) == (0.75, pytest.approx(2 / 3))


def test_a_run_without_answers_has_a_report(tmp_path):
    bare = record("1", None, mrr=0.5)
    run = made_run(tmp_path, (question("1"), type(bare)(bare.id, bare.ranking, scores=bare.scores)))
    text = sound(write_report(run))
    assert "Risk and coverage" not in text
    assert "found at 2" in text


def test_a_comparison_shows_what_changed(run, tmp_path):
    (tmp_path / "other").mkdir()
    changed = [(PAIRS[0][0], record("1", 0.9, rightly_cited=0.0, evidence=0.0, mrr=0.5)), *PAIRS[1:]]
    path = write_comparison(compared(run, made_run(tmp_path / "other", *changed, judge="new")))
    assert path == tmp_path / "other" / "comparison-with-run.html"
    text = sound(path)
    assert "They differ in: judge." in text
    assert "Changed: rightly cited" in text
    assert "1.00 → 0.00" in text
    assert "Changed: wrongly answered" not in text
    assert "Questions in " not in text
    assert "intervals of 95 % each: were nothing different" in text


def test_a_comparison_shows_each_language(run, tmp_path):
    (tmp_path / "other").mkdir()
    spoken = [replace(asked, language=("en", "zh")[at % 2]) for at, (asked, _) in enumerate(PAIRS)]
    mixed = made_run(tmp_path / "other", *((asked, held) for asked, (_, held) in zip(spoken, PAIRS, strict=True)))
    text = sound(write_comparison(compared(mixed, mixed)))
    assert "Questions in English" in text
    assert "Questions in Chinese" in text
