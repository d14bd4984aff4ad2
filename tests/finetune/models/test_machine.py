"""What a machine has, from files as Linux keeps them."""

import os

import pytest

from finetune.models.machine import Gpu, look


@pytest.fixture
def root(tmp_path):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "cpuinfo").write_text(
        "processor\t: 0\nmodel name\t: Sample CPU 3000\nflags\t\t: fpu sse avx2 fma avx512f amx_int8 avx512_vnni\n\n"
        "processor\t: 1\nmodel name\t: Sample CPU 3000\nflags\t\t: fpu\n"
    )
    (tmp_path / "proc" / "meminfo").write_text("MemTotal:  8000000 kB\nMemFree: 1 kB\nMemAvailable:    6000000 kB\n")
    return tmp_path


@pytest.fixture
def no_gpu(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def test_processor_and_memory(root, no_gpu, monkeypatch):
    monkeypatch.setenv("PINCITE_THREADS", "3")
    found = look(root)
    assert (found.processor, found.cores, found.gpus) == ("Sample CPU 3000", 3, ())
    assert found.instructions == ("AVX2", "FMA", "AVX-512", "AVX-512 VNNI", "AMX")
    assert found.memory == 6_000_000 * 1024


def test_a_container_s_limit_counts(root, no_gpu):
    group = root / "sys" / "fs" / "cgroup"
    group.mkdir(parents=True)
    (group / "memory.current").write_text("1000000000\n")
    (group / "memory.max").write_text("max\n")
    assert look(root).memory == 6_000_000 * 1024
    (group / "memory.max").write_text("3000000000\n")
    assert look(root).memory == 2_000_000_000


def test_a_machine_that_computes_for_others_is_busy(root, no_gpu, monkeypatch):
    monkeypatch.setenv("PINCITE_THREADS", "2")
    (root / "proc" / "loadavg").write_text("0.52 0.58 0.59 1/389 12345\n")
    assert (look(root).load, look(root).is_busy) == (0.52, False)
    (root / "proc" / "loadavg").write_text("1.52 0.58 0.59 1/389 12345\n")
    assert look(root).is_busy


def test_a_system_that_says_nothing(tmp_path, no_gpu):
    found = look(tmp_path)
    assert (found.processor, found.instructions, found.memory) == ("unknown", (), None)


def test_gpus_as_nvidia_s_tool_lists_them(root, tmp_path, monkeypatch):
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho 'NVIDIA T4, 15360'\necho 'NVIDIA A10, 23028'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}/bin{os.pathsep}/usr/bin")
    assert look(root).gpus == (Gpu("NVIDIA T4", 15360 * 2**20), Gpu("NVIDIA A10", 23028 * 2**20))


def test_an_arm_processor(root, no_gpu):
    (root / "proc" / "cpuinfo").write_text("processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\n")
    assert look(root).instructions == ("NEON", "dot product", "I8MM")
