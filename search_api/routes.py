"""The JSON API. Each route has a few lines; `SearchService` answers."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from kb import facets
from search_api.query.request import (
    EXCLUDED_PREFIX,
    MAX_PIECES,
    MAX_VALUE_LENGTH,
    MAX_VALUES,
    SearchRequest,
    first_pieces,
)
from search_api.schema import (
    ArrivalsAnswer,
    FacetsAnswer,
    Health,
    ItemAnswer,
    PageAnswer,
    Readiness,
    SearchAnswer,
    SimilarAnswer,
    SortCode,
    SuggestAnswer,
)
from search_api.service import MAX_PER_PAGE, SearchService
from search_api.tasks.health import for_visitors
from search_api.tasks.pages import WIDTHS, Drawing

#: Characters of a query that are taken; what is longer than `search_api.query.parser.MAX_CHARACTERS` is cut, and a notice
#: says so.
MAX_QUERY = 10_000


class Problem(BaseModel):
    """The body of every error answer. Who asks for help quotes `request_id`, which the log has too."""

    detail: str
    request_id: str = ""


_EVERYWHERE: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "Yêu cầu không đúng dạng, hoặc gọi bằng một tên máy chủ khác"},
    413: {"model": Problem, "description": "Nội dung gửi lên quá lớn"},
    429: {"model": Problem, "description": "Nhiều yêu cầu quá nhanh; Retry-After cho biết chờ bao nhiêu giây"},
    503: {"model": Problem, "description": "Đang bận, hoặc chưa tra cứu được"},
}
_INVALID: dict[int | str, dict[str, Any]] = {422: {"model": Problem, "description": "Một tham số không hợp lệ"}}
#: The error answers that every route below /api may give.
API_ERRORS = _EVERYWHERE | _INVALID
_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "Không có mục này"}}
_NO_PAGE: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "Không có mục này, bản gốc không còn, hoặc không có trang này"}
}
_BYTES = {"type": "string", "format": "binary"}
_PICTURE: dict[int | str, dict[str, Any]] = _NO_PAGE | {
    200: {"content": {kind: {"schema": _BYTES} for kind in ("image/jpeg", "image/png")}, "description": "Ảnh"},
    304: {"description": "Ảnh không đổi từ lần tải trước (If-None-Match)"},
}


class SearchParameters(BaseModel):
    """Parameters of a search.

    `with_facets` adds those of the facets. Each of these may be given several times; its values are alternatives.
    """

    model_config = ConfigDict(extra="ignore")

    q: str = Field(
        "",
        max_length=MAX_QUERY,
        description='Câu tìm: từ, "cụm từ", -loại trừ, OR, trường:giá trị (số:, lĩnh vực:, năm:, địa bàn:)',
    )
    page: int = Field(1, ge=1, le=1_000_000, description="Trang, từ 1; trang quá cuối cho trang cuối")
    per_page: int = Field(10, ge=1, le=MAX_PER_PAGE, description="Số kết quả mỗi trang")
    sort: SortCode = Field("relevance", description="relevance: phù hợp nhất; newest: mới nhất")
    typed: bool = Field(False, description="true: tìm đúng như đã gõ, không sửa chính tả, không tìm theo nghĩa")
    accents: bool = Field(False, description="true: Đúng dấu, chữ gõ có dấu phải khớp đúng dấu đó")
    dropped: bool = Field(False, description="true: chỉ những mục khớp khi bỏ dấu (`group` của câu tìm)")
    as_text: list[str] = Field(
        [],
        description=(
            "Những đoạn của câu tìm là chữ thường, không phải số hiệu, điều kiện, chữ viết tắt …: `piece` của một thẻ trong "
            f"`chips`. Dùng tối đa {MAX_PIECES} đoạn đầu."
        ),
    )

    def request(self) -> SearchRequest:
        """The request that these parameters describe."""
        return SearchRequest(
            self.q,
            self._values(),
            self.page,
            self.per_page,
            self.sort,
            self.typed,
            self.accents,
            self._values(EXCLUDED_PREFIX),
            self.dropped,
            first_pieces(self.as_text),
        )

    def _values(self, prefix: str = "") -> dict[str, tuple[str, ...]]:
        return {code: tuple(getattr(self, prefix + code)) for code in facets.codes()}


class ArrivalsParameters(SearchParameters):
    """Parameters of the newest arrivals of a search."""

    limit: int = Field(10, ge=1, le=MAX_PER_PAGE, description="Số mục")


P = TypeVar("P", bound=SearchParameters)


def with_facets(base: type[P]) -> type[P]:
    """The parameters and two more for each facet: values to choose, and `not_...` for values to exclude."""
    chosen = {facet.code: facet.about for facet in facets.FACETS}
    excluded = {EXCLUDED_PREFIX + facet.code: f"Loại trừ những giá trị này. {facet.about}" for facet in facets.FACETS}
    value = Annotated[str, Field(max_length=MAX_VALUE_LENGTH)]
    fields: dict[str, Any] = {
        name: (list[value], Field([], max_length=MAX_VALUES, description=about))
        for name, about in (chosen | excluded).items()
    }
    return create_model(base.__name__, __base__=base, __doc__=base.__doc__, **fields)


def _given(parameters: type[P]) -> P:
    """The default value by which a route receives the parameters of its address."""

    def pass_on(given: P) -> P:
        return given

    # FastAPI looks at the annotation, which is a type made at run time.
    pass_on.__annotations__["given"] = Annotated[parameters, Query()]
    given: P = Depends(pass_on)
    return given


ItemId = Annotated[str, Path(description="Mã của mục, ví dụ 238-kh-ubnd", max_length=300)]
PageNumber = Annotated[int, Path(description="Số trang của bản gốc, từ 1", ge=1, le=100_000)]
Character = Annotated[int, Query(ge=0, le=10_000_000, description="Vị trí ký tự trong nguyên văn của khối, từ 0")]


def router(service: SearchService) -> APIRouter:
    """The routes below /api."""
    api = APIRouter(prefix="/api", tags=["Cách Hay"], responses=API_ERRORS)
    asked = _given(with_facets(SearchParameters))
    asked_arrivals = _given(with_facets(ArrivalsParameters))

    @api.get("/search", summary="Tìm kiếm", description="Một trang kết quả, kèm bộ lọc có số lượng đúng bằng khi chọn.")
    def search(parameters: SearchParameters = asked) -> SearchAnswer:
        return service.search(parameters.request())

    @api.get("/facets", summary="Bộ lọc", description="Chỉ các bộ lọc và số lượng của một câu tìm.")
    def facets(parameters: SearchParameters = asked) -> FacetsAnswer:
        return service.facets(parameters.request())

    @api.get(
        "/suggest",
        summary="Gợi ý khi gõ",
        description="Nhan đề, địa bàn, đơn vị, số hiệu và giá trị của `trường:`, có dấu hay không dấu; tối đa tám gợi ý.",
    )
    def suggest(q: Annotated[str, Query(max_length=MAX_QUERY, description="Chữ đang có trong ô tìm")] = "") -> SuggestAnswer:
        return service.suggest(q)

    @api.get(
        "/items/{item_id}",
        summary="Một mục",
        description=(
            "Thuộc tính, toàn văn, văn bản liên quan. Khối máy đọc lại có cả hai bản: phương án đọc (`segments`), nguyên "
            "văn nhận dạng (`original`), và những chữ chưa chắc chắn (`doubts`) kèm xác suất và cách đọc khác."
        ),
        responses=_MISSING,
    )
    def item(
        item_id: ItemId,
        q: Annotated[str, Query(max_length=MAX_QUERY, description="Câu tìm cần tô sáng")] = "",
        part: Annotated[int, Query(ge=1, le=1_000_000, description="Phần của một toàn văn rất dài")] = 1,
    ) -> ItemAnswer:
        return service.item(item_id, q, part)

    @api.get(
        "/items/{item_id}/similar",
        summary="Nội dung tương tự",
        description="Những mục gần nghĩa, kèm lý do; mục có thể là cùng một thành tích được nêu rõ.",
        responses=_MISSING,
    )
    def similar(item_id: ItemId, limit: Annotated[int, Query(ge=1, le=20, description="Số mục")] = 6) -> SimilarAnswer:
        return service.similar(item_id, limit)

    @api.get(
        "/items/{item_id}/pages/{number}",
        summary="Một trang của bản gốc",
        description=(
            "Chữ của trang, và vị trí trên ảnh của những chỗ khớp với câu tìm: theo phần của chiều rộng và chiều cao trang, "
            "tính từ góc trên bên trái. Chỉ có ở bản gốc có trang: PDF và ảnh."
        ),
        responses=_NO_PAGE,
    )
    def page(
        item_id: ItemId,
        number: PageNumber,
        q: Annotated[str, Query(max_length=MAX_QUERY, description="Câu tìm cần khoanh trên ảnh")] = "",
        block: Annotated[str, Query(max_length=20, description="Mã của khối cần khoanh trên ảnh, ví dụ b12")] = "",
        words: Annotated[bool, Query(description="true: thêm mọi từ của trang kèm vị trí")] = False,
    ) -> PageAnswer:
        return service.pages.page(item_id, number, q, block=block, words=words)

    @api.get(
        "/items/{item_id}/pages/{number}/image",
        summary="Ảnh một trang của bản gốc",
        description=f"Vẽ từ bản gốc, rộng {', '.join(map(str, WIDTHS))} điểm ảnh: cỡ nhỏ nhất không hẹp hơn `width`.",
        response_class=Response,
        responses=_PICTURE,
    )
    def page_image(
        request: Request,
        item_id: ItemId,
        number: PageNumber,
        width: Annotated[int, Query(ge=1, le=WIDTHS[-1], description="Chiều rộng, điểm ảnh")] = 960,
    ) -> Response:
        return _picture(request, service.pages.image(item_id, number, width))

    @api.get(
        "/items/{item_id}/blocks/{block}/image",
        summary="Ảnh của vài chữ",
        description="Những ký tự [start, end) trong nguyên văn của một khối, như chúng đứng trên trang của bản gốc.",
        response_class=Response,
        responses=_PICTURE,
    )
    def letters_image(
        request: Request,
        item_id: ItemId,
        block: Annotated[int, Path(ge=0, le=1_000_000, description="Thứ tự của khối, từ 0: 12 là khối b12")],
        start: Character,
        end: Character,
    ) -> Response:
        return _picture(request, service.pages.letters(item_id, block, start, end))

    @api.get(
        "/arrivals",
        summary="Mục mới của một câu tìm",
        description="Những mục đến sau cùng trong kết quả của câu tìm, để làm chuyên mục hay báo tin; trang khác được đọc.",
    )
    def arrivals(response: Response, parameters: ArrivalsParameters = asked_arrivals) -> ArrivalsAnswer:
        response.headers["Access-Control-Allow-Origin"] = "*"
        return service.arrivals(parameters.request(), parameters.limit)

    return api


def _picture(request: Request, drawing: Drawing) -> Response:
    """A picture, or 304 before it is drawn for whoever has it already."""
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    if drawing.tag in known:
        return Response(status_code=304, headers={"ETag": drawing.tag})
    picture = drawing.draw()
    return Response(picture.data, media_type=picture.media_type, headers={"ETag": drawing.tag})


def health_router(service: SearchService) -> APIRouter:
    """The routes /healthz and /readyz: 200 when searching works, 503 when it does not."""
    health = APIRouter(tags=["Cách Hay"], responses={400: _EVERYWHERE[400], 413: _EVERYWHERE[413]})

    @health.get(
        "/healthz",
        summary="Tình trạng",
        description="200 khi tìm kiếm được; 503 kèm lý do khi không.",
        responses={503: {"model": Health, "description": "Không tìm kiếm được"}},
    )
    def healthz(response: Response) -> Health:
        answer = for_visitors(service.health())
        response.status_code = 200 if answer.status in ("ok", "empty") else 503
        return answer

    @health.get(
        "/readyz",
        summary="Sẵn sàng",
        description=(
            "200 khi trả lời được, kể cả bằng chỉ mục đi kèm khi máy chủ Meilisearch vắng mặt; cho biết chỉ mục nào đang "
            "trả lời, máy chủ ở tình trạng nào và bao nhiêu mục đang chờ đẩy lên. 503 kèm lý do khi không trả lời được."
        ),
        responses={503: {"model": Readiness, "description": "Không trả lời được"}},
    )
    def readyz(response: Response) -> Readiness:
        answer = for_visitors(service.readiness())
        response.status_code = 200 if answer.ready else 503
        return answer

    return health
