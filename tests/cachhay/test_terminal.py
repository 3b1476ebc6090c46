"""What the terminal shows."""

from __future__ import annotations

import time

import pytest

from cachhay import terminal


def test_progress_in_a_log_is_a_line_a_stage_and_one_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with terminal.Progress() as progress:
        for done in range(0, 600, 64):
            progress("rebuild", done, 576)
            now[0] += 10
    assert capsys.readouterr().err.splitlines() == [
        "Lập lại chỉ mục từ kho: 192/576",
        "Lập lại chỉ mục từ kho: 384/576",
        "Lập lại chỉ mục từ kho: 576/576",
    ]
