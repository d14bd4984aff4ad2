from rag.evaluation.made import judge_hash


def test_a_library_s_own_judge_is_what_a_run_is_made_with(tmp_path):
    shipped = judge_hash(tmp_path)
    (tmp_path / "judge").mkdir()
    (tmp_path / "judge" / "judge-en.json").write_text('{"sha256": "a"}')
    first = judge_hash(tmp_path)
    assert (len(first), first != shipped) == (64, True)
    assert judge_hash(tmp_path) == first
    (tmp_path / "judge" / "judge-en.json").write_text('{"sha256": "b"}')
    assert judge_hash(tmp_path) not in (first, shipped)
