from __future__ import annotations

import pytest

from kb.errors import SettingError
from kb.settings import Settings, load_settings


def test_defaults_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHHAY_PORT", "8123")
    settings = load_settings()
    assert (settings.port, settings.host, settings.samples) == (8123, "127.0.0.1", True)
    assert load_settings(port=9000).port == 9000, "the command line goes first"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "nhiều"),
        ("PORT", "70000"),
        ("SAMPLES", "có lẽ"),
        ("EMBED_BATCH", "0"),
        ("EMBED_BATCH", "nhiều"),
        ("EMBED_DEVICE", "card rời"),
        ("EMBED_DEVICE", ""),
    ],
)
def test_a_malformed_value_names_the_variable_and_the_form(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CACHHAY_{name}", value)
    with pytest.raises(SettingError, match=f"CACHHAY_{name}") as caught:
        load_settings()
    description = Settings.model_fields[name.lower()].description
    assert description and description in str(caught.value)


def test_a_prefix_keeps_its_space_and_may_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    assert (settings.embed_batch, settings.embed_device, settings.embed_query_prefix) == (32, "cpu", None)
    monkeypatch.setenv("CACHHAY_EMBED_QUERY_PREFIX", "query: ")
    monkeypatch.setenv("CACHHAY_EMBED_DOCUMENT_PREFIX", "")
    settings = load_settings()
    assert (settings.embed_query_prefix, settings.embed_document_prefix) == ("query: ", "")


def test_settings_are_frozen() -> None:
    with pytest.raises(Exception, match="frozen"):
        load_settings().port = 1  # type: ignore[misc]
