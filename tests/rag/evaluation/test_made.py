import subprocess
from pathlib import Path

from rag.evaluation import made
from rag.evaluation.made import commit, judge_hash


def test_the_commit_is_that_of_the_code_where_it_lies_in_a_checkout():
    root = Path(made.__file__).parents[2]
    if not (root / ".git").exists():
        assert commit() is None
        return
    head = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
    assert commit() in (head.strip(), f"{head.strip()}-dirty")


def test_a_library_s_own_judge_is_what_a_run_is_made_with(tmp_path):
    shipped = judge_hash(tmp_path)
    (tmp_path / "judge").mkdir()
    (tmp_path / "judge" / "judge-en.json").write_text('{"sha256": "a"}')
    first = judge_hash(tmp_path)
    assert (len(first), first != shipped) == (64, True)
    assert judge_hash(tmp_path) == first
    (tmp_path / "judge" / "judge-en.json").write_text('{"sha256": "b"}')
    assert judge_hash(tmp_path) not in (first, shipped)
