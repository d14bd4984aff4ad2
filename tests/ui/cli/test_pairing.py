"""`pincite pairs` from the outside."""

import json

from finetune.pairs.pair import read_pairs


def test_files_become_pairs(pincite, library, tmp_path):
    faq = tmp_path / "faq.csv"
    faq.write_text("question,answer\nHow long?,Ten days.\nWho pays?,The buyer.\n", encoding="utf-8")
    ran = pincite("--library", library, "--json", "pairs", tmp_path / "out", faq)
    assert ran.status == 0, ran.err
    said = json.loads(ran.out)
    assert said["out"] == str(tmp_path / "out")
    assert said["counts"]["train.jsonl"] == {"pairs": 1, "kinds": {"faq": 1}, "languages": {"en": 1}}
    (pair,) = read_pairs(tmp_path / "out" / "held.jsonl")
    assert pair.source == str(faq)
    told = pincite("--library", library, "pairs", tmp_path / "out", faq)
    assert told.status == 0
    assert [line.split() for line in told.out.splitlines()[:3]] == [
        ["kind", "train.jsonl", "held.jsonl"],
        ["faq", "1", "1"],
        ["in", "all", "1", "1"],
    ]


def test_what_is_wrong_with_a_file_is_a_sentence_and_a_status(pincite, library, tmp_path):
    faq = tmp_path / "faq.csv"
    faq.write_text("question,answer\nHow long?,\n", encoding="utf-8")
    ran = pincite("--library", library, "pairs", tmp_path / "out", faq)
    assert (ran.status, ran.out) == (2, "")
    assert "faq.csv, line 2: question or answer is empty" in ran.err
    assert not (tmp_path / "out" / "train.jsonl").exists()


def test_options_that_cannot_be_are_refused(pincite, library, tmp_path):
    ran = pincite("--library", library, "pairs", tmp_path / "out", "--from", "web")
    assert (ran.status, "valid are passages, approved, text" in ran.err) == (2, True)
    ran = pincite("--library", library, "pairs", tmp_path / "out", "--model", "http://127.0.0.1:9/v1")
    assert (ran.status, "endpoint_model" in ran.err) == (2, True)


def test_a_library_without_approved_answers_makes_none(pincite, library, tmp_path):
    ran = pincite("--library", library, "pairs", tmp_path / "out", "--from", "approved")
    assert (ran.status, "none came of it" in ran.err) == (2, True)
