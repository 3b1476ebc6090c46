"""All settings of Cách Hay: one frozen object, made once at the start and passed down.

Every setting is an environment variable with the prefix `CACHHAY_`. No other module of the product reads the environment.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kb.errors import SettingError

#: The path of an optional file; an empty variable means no file.
OptionalPath = Annotated[Path | None, BeforeValidator(lambda value: None if value == "" else value)]


class Settings(BaseSettings):
    """The settings, with their defaults. Relative folders are taken from the current folder."""

    model_config = SettingsConfigDict(env_prefix="CACHHAY_", frozen=True, extra="ignore")

    data_dir: Path = Field(Path("var"), description="Thư mục dữ liệu do chương trình tạo ra (kho, chỉ mục).")
    corpus_dir: Path = Field(Path("corpus"), description="Thư mục văn bản cần lập chỉ mục, cũng là nơi lấy bản gốc.")
    host: str = Field("127.0.0.1", description="Địa chỉ phục vụ.")
    port: int = Field(8000, ge=0, le=65535, description="Cổng phục vụ, 0 đến 65535.")
    workers: int = Field(
        0,
        ge=0,
        le=64,
        description="Số tiến trình phục vụ, 0 đến 64; 0 là tự chọn theo số lõi và bộ nhớ, 1 là một tiến trình duy nhất.",
    )
    rate_per_minute: int | None = Field(
        None,
        ge=0,
        description="Số yêu cầu mỗi phút của một địa chỉ, 0 là không giới hạn; để trống là 3000, trừ địa chỉ của máy này.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="Địa chỉ hay mạng của các máy chủ trung gian được tin (X-Forwarded-*), cách nhau bằng dấu phẩy.",
    )
    embed_model: str = Field(
        "",
        description="Mô hình nhúng: để trống dùng mô hình kèm theo; hoặc thư mục hay tên mô hình sentence-transformers.",
    )
    embed_batch: int = Field(32, ge=1, description="Số đoạn mỗi lần tính véc-tơ, số nguyên từ 1 trở lên.")
    embed_device: str = Field(
        "cpu",
        pattern=r"^[a-z]+(:\d+)?$",
        description="Thiết bị tính véc-tơ: cpu, cuda, cuda:1, mps (không dùng cho mô hình kèm theo).",
    )
    embed_query_prefix: str | None = Field(
        None, description="Chữ đặt trước câu tìm khi tính véc-tơ; không đặt thì theo mô hình, để trống là không có."
    )
    embed_document_prefix: str | None = Field(
        None, description="Chữ đặt trước mỗi đoạn văn bản khi tính véc-tơ; không đặt thì theo mô hình, để trống là không có."
    )
    samples: bool = Field(True, description="Có lập chỉ mục dữ liệu minh họa hay không (true/false).")

    meili_url: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="Địa chỉ máy chủ Meilisearch, ví dụ http://127.0.0.1:7700; để trống là không dùng máy chủ.",
    )
    meili_index: str = Field(
        "cachhay", pattern=r"^[A-Za-z0-9_-]{1,200}$", description="Tên chỉ mục trên Meilisearch: chữ không dấu, số, - và _."
    )
    meili_key: str = Field("", description="Khóa chỉ đọc của Meilisearch.")
    meili_key_file: OptionalPath = Field(None, description="Tệp có khóa chỉ đọc.")
    meili_admin_key: str = Field("", description="Khóa ghi của Meilisearch; không có thì chương trình chỉ đọc máy chủ.")
    meili_admin_key_file: OptionalPath = Field(None, description="Tệp có khóa ghi.")
    meili_master_key: str = Field("", description="Khóa chủ của Meilisearch, chỉ cho `cachhay keys`.")
    meili_master_key_file: OptionalPath = Field(None, description="Tệp có khóa chủ.")
    meili_seconds: float = Field(3.0, gt=0, le=600, description="Số giây chờ Meilisearch trả lời.")
    meili_task_seconds: float = Field(900.0, gt=0, description="Số giây chờ Meilisearch làm xong một tác vụ ghi.")
    meili_candidates: int = Field(
        400, ge=10, le=1000, description="Số ứng viên lấy từ Meilisearch để xếp hạng, 10 đến 1000."
    )

    qdrant_url: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="Địa chỉ máy chủ Qdrant giữ véc-tơ, ví dụ http://127.0.0.1:6333; để trống là giữ trong thư mục dữ liệu.",
    )
    qdrant_collection: str = Field(
        "cachhay-vectors",
        pattern=r"^[A-Za-z0-9_-]{1,200}$",
        description="Tên bộ véc-tơ trên Qdrant: chữ không dấu, số, -, _.",
    )
    qdrant_key: str = Field("", description="Khóa API của Qdrant.")
    qdrant_key_file: OptionalPath = Field(None, description="Tệp có khóa API của Qdrant.")
    internal: bool = Field(False, description="Có cho người đọc thấy các mục nội bộ hay không (true/false).")

    public_url: str = Field(
        "",
        pattern=r"^(https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?/?)?$",
        description="Địa chỉ công khai của trang, ví dụ https://cachhay.example.gov.vn (không có đường dẫn phía sau).",
    )
    allowed_hosts: str = Field(
        "",
        pattern=r"^[A-Za-z0-9.,:*\[\]\s_-]*$",
        description="Những tên máy chủ được gọi, cách nhau bằng dấu phẩy, ví dụ cachhay.example.gov.vn,*.noi-bo.vn; "
        "* là mọi tên; để trống là theo địa chỉ công khai, địa chỉ IP và tên trong mạng nội bộ.",
    )
    access_log: str = Field(
        "off", description="Nhật ký truy cập: off là không ghi, - là ghi ra đầu ra chuẩn, còn lại là tên tệp."
    )
    metrics: Literal["off", "local", "on"] = Field(
        "off", description="Trang /metrics cho Prometheus: off không có, local chỉ cho máy này, on cho mọi người gọi được."
    )

    upload: Literal["off", "local", "on"] = Field(
        "off", description="Trang nạp tệp /nap-tep: off không có, local chỉ cho máy này, on cho mọi người mở được trang."
    )
    watch: bool = Field(
        False,
        description="`cachhay serve` có theo dõi thư mục văn bản và nguồn tin để tự lập chỉ mục hay không (true/false).",
    )
    feeds: str = Field("", description="Địa chỉ các nguồn tin RSS, Atom cần theo dõi, cách nhau bằng dấu cách.")
    feed_minutes: int = Field(60, ge=5, le=10_080, description="Số phút giữa hai lần xem một nguồn tin, 5 đến 10080.")
    fetch_contact: str = Field(
        "",
        description="Thư hay địa chỉ để chủ trang web liên hệ khi chương trình tải bài; để trống là địa chỉ công khai.",
    )

    @field_validator("rate_per_minute", mode="before")
    @classmethod
    def _empty_is_the_default(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        networks(value)
        return value

    @property
    def origin(self) -> str:
        """The public address without a slash at its end, "" where none is set."""
        return self.public_url.rstrip("/")

    @property
    def feed_addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.feeds.split()))

    @property
    def intake_dir(self) -> Path:
        """What is remembered of files that were sent, of feeds, and of the runs that read them."""
        return self.data_dir / "intake"

    @property
    def store_path(self) -> Path:
        return self.data_dir / "store.sqlite"

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"

    @property
    def models_dir(self) -> Path:
        """Where models are kept that were fine-tuned on the collection."""
        return self.data_dir / "models"


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The networks of a list with commas; a single address is a network of one. Raises ValueError.

    >>> networks("127.0.0.1, 10.0.0.0/8")
    (IPv4Network('127.0.0.1/32'), IPv4Network('10.0.0.0/8'))
    """
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment; `overrides` (from the command line) take precedence, except those that are None.

    Raises SettingError, which names the variable and the accepted form.
    """
    try:
        return Settings(**{k: v for k, v in overrides.items() if v is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        problems = []
        for problem in error.errors():
            name = str(problem["loc"][0])
            known = Settings.model_fields.get(name)
            form = known.description if known and known.description else ""
            problems.append(f"CACHHAY_{name.upper()}={problem['input']!r}: {problem['msg']}. {form}")
        raise SettingError("Cài đặt không hợp lệ. " + " ".join(problems)) from error
