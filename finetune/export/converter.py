"""llama.cpp's own converters to GGUF: where they come from, and how they are run.

They are part of the source of llama-cpp-python, though not of what is installed from it. At set-up, `python -m
finetune.export.converter` fetches that source by pip, pinned by version and SHA-256, and lays what is needed of it
beside the weights; nothing is fetched at run time. They run as a process of their own, with the network off.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

from core.errors import EngineError, WeightsMismatch, WeightsMissing
from core.weights import folder
from finetune.export import child

PACKAGE = "llama-cpp-python"
VERSION = "0.3.36"
SDIST_SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
CONTENT_SHA256 = "8760034a98638c804ee94dac0e06a191ce049a9dbdbe33fc8e2e9adceb4da4b0"
"""Of the files that are taken, their names and bytes in order."""
SETUP_COMMAND = "python -m finetune.export.converter"
_SOURCE = f"llama_cpp_python-{VERSION}/vendor/llama.cpp/"
_TAKEN = ("LICENSE", "convert_hf_to_gguf.py", "convert_lora_to_gguf.py", "conversion/", "gguf-py/gguf/")

# pip asks the build backend for the metadata of any source that it downloads, and would install the real one, with a
# compiler's tools, to do so. This one says no more than the name, since nothing is built here.
_BACKEND = f"""
from pathlib import Path

def get_requires_for_build_wheel(config_settings=None):
    return []

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    name = "llama_cpp_python-{VERSION}.dist-info"
    info = Path(metadata_directory) / name
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: {PACKAGE}\\nVersion: {VERSION}\\n")
    return name
"""

Script = Literal["convert_hf_to_gguf.py", "convert_lora_to_gguf.py"]


def place() -> Path:
    """The folder that the converters lie in, or will."""
    return folder() / f"llama.cpp-{VERSION}"


def verify() -> Path:
    """The folder of the converters, every byte as pinned. Raises WeightsMissing, WeightsMismatch."""
    path = place()
    if not path.is_dir():
        raise WeightsMissing(
            f"Looking for llama.cpp's converter: {path} is not there. Run `{SETUP_COMMAND}`, which fetches it with pip."
        )
    _check(path)
    return path


def install() -> Path:
    """Lays the converters in place, whole or not at all; what is there as pinned stays. Raises WeightsMissing when
    pip cannot fetch them, WeightsMismatch."""
    path = place()
    if path.is_dir() and _content(path) == CONTENT_SHA256:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        taken = Path(temporary) / "taken"
        _take(_download(Path(temporary)), taken)
        _check(taken)
        shutil.rmtree(path, ignore_errors=True)
        taken.rename(path)
    return path


def run(script: Script, arguments: Sequence[str], pre_tokenizer: str | None = None) -> None:
    """Runs a converter to its end. `pre_tokenizer` names how the tokenizer cuts text into words, for one that llama.cpp
    does not know by itself. Raises EngineError with the last that the converter said."""
    offline = {name: "1" for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE", "DO_NOT_TRACK")}
    told = [str(verify()), pre_tokenizer or "", script, *arguments]
    ended = child.run("finetune.export.run_converter", told, offline | {"PYTHONDONTWRITEBYTECODE": "1"})
    if ended.returncode != 0:
        raise EngineError(f"Running llama.cpp's {script}: {last_words(ended)}.")


def last_words(ended: subprocess.CompletedProcess[str]) -> str:
    """What a process that failed said at its end, or which signal ended it."""
    if ended.returncode < 0:
        return f"it was ended by signal {-ended.returncode}; if that is 9, memory may have run out"
    lines = [line.strip() for line in re.split(r"[\r\n]+", ended.stderr) if line.strip()]
    errors = [line for line in lines if re.match(r"ERROR|[\w.]*(Error|Exception)\b", line)]  # a progress bar may end it
    told = errors or lines
    return told[-1].rstrip(".") if told else f"it ended with status {ended.returncode} and said nothing"


def _download(temporary: Path) -> Path:
    """The source archive, its SHA-256 checked by pip."""
    wanted = temporary / "wanted.txt"
    wanted.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{SDIST_SHA256}\n", encoding="utf-8")
    backend = temporary / "backend" / "scikit_build_core"
    backend.mkdir(parents=True)
    (backend / "__init__.py").touch()
    (backend / "build.py").write_text(_BACKEND, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-binary=:all:", "--no-build-isolation", "--require-hashes", "--requirement", str(wanted)]
    command += ["--dest", str(temporary)]
    if subprocess.run(command, env=os.environ | {"PYTHONPATH": str(backend.parent)}).returncode != 0:
        raise WeightsMissing(
            f"Fetching the source of {PACKAGE} {VERSION} for llama.cpp's converter failed. Check that this machine "
            f"reaches its package index, or copy {place()} from another machine."
        )
    (archive,) = temporary.glob("*.tar.gz")
    return archive


def _take(archive: Path, out: Path) -> None:
    """The files that are needed, out of the archive."""
    with tarfile.open(archive) as packed:
        for member in packed:
            inside = member.name.removeprefix(_SOURCE)
            if not member.isfile() or inside == member.name or not inside.startswith(_TAKEN):
                continue
            if ".." in PurePosixPath(inside).parts or not (content := packed.extractfile(member)):
                continue
            path = out / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read())


def _check(path: Path) -> None:
    if (found := _content(path)) != CONTENT_SHA256:
        raise WeightsMismatch(
            f"Checking llama.cpp's converter: the files in {path} have the SHA-256 {found}, pinned is "
            f"{CONTENT_SHA256}. Run `{SETUP_COMMAND}`, which lays them anew."
        )


def _content(path: Path) -> str:
    """The SHA-256 of the names and bytes of all files in a folder, in order; Python's own caches do not count."""
    sums = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            sums.update(f"{file.relative_to(path).as_posix()}\0".encode())
            sums.update(hashlib.sha256(file.read_bytes()).digest())
    return sums.hexdigest()


if __name__ == "__main__":
    sys.stdout.write(f"  llama.cpp's converter: in place, {install()}\n")
