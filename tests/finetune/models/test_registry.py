"""What models a library has."""

import json

import pytest

from core.errors import ModelUnloadable, UsageError, WeightsMissing
from core.weights import locate, sha256_of
from finetune.models import registry
from finetune.models.registry import Model
from tests.finetune.models.made import EMBEDDED, TUNED, write_tuned
from tests.rag.engines.lora import write_lora


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    folder.mkdir()
    return folder


@pytest.fixture
def run(library):
    write_tuned(library)
    return library / "models" / "manuals"


def by_name(library):
    return {each.name: each for each in registry.models(library)}


def test_the_embedded_model_is_there_and_in_use(library):
    tuned = Model(TUNED, "embedded", EMBEDDED, TUNED)
    assert registry.models(library) == [Model(EMBEDDED, "embedded", EMBEDDED), tuned]
    assert registry.in_use(library) == tuned
    assert [each.bytes for each in registry.models(library)] == [98_362_432, 98_362_432 + 9_797_824]
    (library / "pincite.toml").write_text('[engine]\nadapter = ""\n')
    assert registry.in_use(library) == Model(EMBEDDED, "embedded", EMBEDDED)


def test_a_tuned_model_in_the_library_is_there_by_itself(library, run):
    (run / "gguf" / ".manuals-Q4_0.gguf.part").write_bytes(b"half")
    tuned = by_name(library)["manuals-adapter"]
    assert tuned == Model("manuals-adapter", "tuned", EMBEDDED, str(run / "gguf" / "manuals-adapter.gguf"), run)
    assert tuned.curves == run / "training" / "curves.svg"
    assert tuned.training == {"loss": 1.5, "held_loss": 1.75, "best_held_loss": None, "parity": "good"}
    assert tuned.bytes == 98_362_432 + (run / "gguf" / "manuals-adapter.gguf").stat().st_size
    assert list(by_name(library)) == [EMBEDDED, TUNED, "manuals-adapter"]


def test_an_adapter_whose_base_cannot_be_run_is_none(library, run):
    (run / "manifest.json").write_text(json.dumps({"train": {"base": "/a/folder/of/transformers"}}))
    assert list(by_name(library)) == [EMBEDDED, TUNED]


def test_files_elsewhere_are_added_and_stay_there(library, tmp_path):
    write_lora(tmp_path / "style.gguf", 1.0)
    with pytest.raises(UsageError, match=r"it is an adapter.*--base MODEL"):
        registry.add(library, tmp_path / "style.gguf")
    with pytest.raises(WeightsMissing, match="'elsewhere'"):
        registry.add(library, tmp_path / "style.gguf", "elsewhere")
    (added,) = registry.add(library, tmp_path / "style.gguf", EMBEDDED)
    assert added == Model("style", "file", EMBEDDED, str(tmp_path / "style.gguf"))
    with pytest.raises(UsageError, match="among the models already"):
        registry.add(library, tmp_path / "style.gguf", EMBEDDED)
    (tmp_path / "style.gguf").rename(tmp_path / "away.gguf")
    assert list(by_name(library)) == [EMBEDDED, TUNED]


def test_an_adapter_of_another_model_is_not_added(library, tmp_path):
    write_lora(tmp_path / "wide.gguf", 1.0, width=640)
    said = (
        r"wide\.gguf: it is an adapter of another model than smollm2-135m-instruct: blk\.0\.attn_output\.weight is "
        r"576 by 576 in the model, and not in what it was trained on\. Name the model .* with --base MODEL\."
    )
    with pytest.raises(UsageError, match=said):
        registry.add(library, tmp_path / "wide.gguf", EMBEDDED)
    assert list(by_name(library)) == [EMBEDDED, TUNED]


def test_what_is_no_model_is_not_added(library, tmp_path):
    (tmp_path / "notes.txt").write_text("no model")
    for path in (tmp_path / "notes.txt", tmp_path / "nowhere.gguf", tmp_path):
        with pytest.raises(UsageError, match="it is no GGUF file and no folder of a tuned model"):
            registry.add(library, path)
    (tmp_path / "broken.gguf").write_bytes(b"GGUF and no more")
    with pytest.raises(ModelUnloadable, match=r"broken\.gguf"):
        registry.add(library, tmp_path / "broken.gguf")
    assert not (library / "models").exists()


def test_two_files_of_one_name(library, tmp_path):
    for place in ("one", "other"):
        (tmp_path / place).mkdir()
        write_lora(tmp_path / place / "style.gguf", 1.0)
        registry.add(library, tmp_path / place / "style.gguf", EMBEDDED)
    assert {name: each.adapter for name, each in by_name(library).items()} == {
        EMBEDDED: None,
        TUNED: TUNED,
        "style": str(tmp_path / "one" / "style.gguf"),
        "other/style": str(tmp_path / "other" / "style.gguf"),
    }


def test_the_model_of_the_settings_is_there_though_nobody_added_it(library):
    (library / "pincite.toml").write_text('[engine]\nmodel = "/srv/qwen-Q4_0.gguf"\n')
    assert registry.in_use(library) == Model("qwen-Q4_0", "file", "/srv/qwen-Q4_0.gguf")
    (library / "pincite.toml").write_text(f'[engine]\nmodel = "{locate(EMBEDDED)}"\n')
    assert registry.in_use(library) == Model(EMBEDDED, "embedded", EMBEDDED)
    (library / "pincite.toml").write_text('[engine]\nendpoint = "http://127.0.0.1:1/v1"\nendpoint_model = "m"\n')
    assert registry.in_use(library) is None
    assert [each.name for each in registry.models(library)] == [EMBEDDED, TUNED]


def test_a_damaged_file_in_the_folder_is_listed_and_says_what_is_wrong(library):
    (library / "models").mkdir()
    (library / "models" / "broken.gguf").write_bytes(b"GGUF and no more")
    broken = by_name(library)["broken"]
    with pytest.raises(ModelUnloadable, match="no whole GGUF file"):
        _ = broken.header


def test_a_name_that_is_none(library):
    with pytest.raises(UsageError, match=rf"there is none of that name. There are {EMBEDDED}, {TUNED}\."):
        registry.named(library, "gpt")


def test_a_hash_is_remembered_until_the_file_changes(library, tmp_path):
    path = tmp_path / "style.gguf"
    write_lora(path, 1.0)
    first = sha256_of(path)
    assert registry.sha256(library, str(path)) == first
    (remembered,) = json.loads((library / "models" / "hashes.json").read_text()).values()
    assert remembered[2] == first
    path.write_bytes(b"another")
    assert registry.sha256(library, str(path)) == sha256_of(path) != first


def test_a_damaged_registry_is_said(library):
    (library / "models").mkdir()
    (library / "models" / "registry.json").write_text("{")
    with pytest.raises(UsageError, match=r"registry\.json: it is no JSON.*Mend it, or remove it"):
        registry.models(library)
