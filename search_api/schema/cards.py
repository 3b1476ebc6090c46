"""The parts of every answer: runs of text, coded values, an item as lists show it."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """The base of every model here."""

    model_config = ConfigDict(frozen=True)


class Segment(Answer):
    """A run of text; `hit` tells that it matched the query."""

    text: str
    hit: bool = False


class Label(Answer):
    """A coded value with its label; `hint` explains it in one line."""

    code: str
    label: str
    hint: str = ""


class Card(Answer):
    """An item as lists show it."""

    id: str
    title: str
    kind: Label
    fields: list[Label]
    number: str = Field("", description="Số, ký hiệu của văn bản, ví dụ 238/KH-UBND")
    type: str = Field("", description="Loại văn bản, ví dụ Kế hoạch")
    issuer: str = Field("", description="Cơ quan ban hành, hoặc đơn vị thực hiện")
    date: dt.date | None = Field(None, description="Ngày ban hành, ISO 8601, ví dụ 2024-10-18")
    year: int | None = Field(None, description="Năm")
    place: str = ""
    subject: Label | None = None
    status: Label | None = None
    quality: Label
    sample: bool = Field(False, description="Dữ liệu minh họa, không phải việc có thật")
    internal: bool = Field(False, description="Mục nội bộ, không dành cho công chúng")
    pages: int = 1


class FieldCount(Answer):
    """A field of Plan 238/KH-UBND with its number there, and the count of its items."""

    number: int
    code: str
    label: str
    count: int
