"""Strict reading of request bodies, query parameters and settings, with the server's codes and messages."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import MeiliError

REQUIRED: Any = object()
Check = Callable[[Any, str, str], Any]
UID_RULE = (
    "Index uid can be an integer or a string containing only alphanumeric characters, hyphens (-) and underscores (_), "
    "and can not be more than 512 bytes."
)


@dataclass(frozen=True)
class Field:
    """One member of an object: how to check it, the code of its errors, whether null is allowed, its default."""

    check: Check
    code: str = "bad_request"
    null: bool = False
    default: Any = None
    missing: str = ""


def compact(value: Any) -> str:
    """A value as messages print it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _found(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        kind = "a boolean"
    elif isinstance(value, int):
        kind = "a positive integer" if value >= 0 else "a negative integer"
    elif isinstance(value, float):
        kind = "a number"
    elif isinstance(value, str):
        kind = "a string"
    else:
        kind = "an array" if isinstance(value, list) else "an object"
    return f"{kind}: `{compact(value)}`"


def wrong(expected: str, value: Any, path: str, code: str) -> MeiliError:
    """The error for a value of another type."""
    at = f" at `{path}`" if path else ""
    return MeiliError(code, f"Invalid value type{at}: expected {expected}, but found {_found(value)}")


def string(value: Any, path: str, code: str) -> str:
    """A string."""
    if not isinstance(value, str):
        raise wrong("a string", value, path, code)
    return value


def boolean(value: Any, path: str, code: str) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise wrong("a boolean", value, path, code)
    return value


def size(value: Any, path: str, code: str) -> int:
    """An integer that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0 or value > 2**64 - 1:
        raise wrong("a positive integer", value, path, code)
    return value


def number(value: Any, path: str, code: str) -> float:
    """A number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise wrong("a number", value, path, code)
    return value


def anything(value: Any, _path: str, _code: str) -> Any:
    """Any JSON value."""
    return value


def array(of: Check) -> Check:
    """An array whose elements pass a check."""

    def check(value: Any, path: str, code: str) -> list[Any]:
        if not isinstance(value, list):
            raise wrong("an array", value, path, code)
        return [of(item, f"{path}[{i}]", code) for i, item in enumerate(value)]

    return check


def mapping(of: Check) -> Check:
    """An object with free names whose values pass a check."""

    def check(value: Any, path: str, code: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong("an object", value, path, code)
        return {key: of(item, f"{path}.{key}", code) for key, item in value.items()}

    return check


def one_of(*names: str) -> Check:
    """One of a few names."""

    def check(value: Any, path: str, code: str) -> str:
        string(value, path, code)
        if value not in names:
            shown = ", ".join(f"`{n}`" for n in names)
            raise MeiliError(code, f"Unknown value `{value}` at `{path}`: expected one of {shown}")
        return str(value)

    return check


def ranged(low: float, high: float, name: str) -> Check:
    """A number within bounds."""

    def check(value: Any, path: str, code: str) -> float:
        got = number(value, path, code)
        if not low <= got <= high:
            text = f"the value of `{name}` is invalid, expected a float between `{low:.1f}` and `{high:.1f}`."
            raise MeiliError(code, f"Invalid value at `{path}`: {text}")
        return got

    return check


def is_uid(uid: str) -> bool:
    """Whether a string may name an index."""
    return 0 < len(uid.encode()) <= 512 and re.fullmatch(r"[A-Za-z0-9_-]+", uid) is not None


def uid_error(uid: str, path: str = "") -> MeiliError:
    """The error about a name that no index can have."""
    start = f"Invalid value at `{path}`: " if path else ""
    return MeiliError("invalid_index_uid", f"{start}`{uid}` is not a valid index uid. {UID_RULE}")


def index_uid(value: Any, path: str, code: str) -> str:
    """The name of an index."""
    string(value, path, code)
    if not is_uid(value):
        error = uid_error(value, path)
        raise MeiliError(code, error.message)
    return str(value)


def obj(fields: Mapping[str, Field], immutable: Mapping[str, str] | None = None) -> Check:
    """An object with these members and no others; absent members get their defaults."""

    def check(value: Any, path: str, code: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong("an object", value, path, code)
        inside = f" inside `{path}`" if path else ""
        shown = ", ".join(f"`{n}`" for n in fields)
        out: dict[str, Any] = {}
        for key, item in value.items():
            field = fields.get(key)
            if field is None:
                if immutable and key in immutable:
                    raise MeiliError(immutable[key], f"Immutable field `{key}`: expected one of {shown}")
                near = difflib.get_close_matches(key, fields, 1, 0.8)
                hint = f"did you mean `{near[0]}`? " if near else ""
                raise MeiliError(code, f"Unknown field `{key}`{inside}: {hint}expected one of {shown}")
            if item is None and field.null:
                out[key] = None
            else:
                out[key] = field.check(item, f"{path}.{key}", field.code)
        for key, field in fields.items():
            if key not in out:
                if field.default is REQUIRED:
                    raise MeiliError(field.missing or field.code, f"Missing field `{key}`{inside}")
                out[key] = field.default
        return out

    return check


def read(value: Any, check: Check, code: str = "bad_request") -> Any:
    """A whole body checked."""
    return check(value, "", code)


def query_params(given: list[tuple[str, str]], fields: Mapping[str, tuple[str, str, Any]]) -> dict[str, Any]:
    """Query parameters checked: name -> (kind, code, default); kinds are size, bool, string, list, ids."""
    out = {name: default for name, (_, _, default) in fields.items()}
    for name, text in given:
        if name not in fields:
            shown = ", ".join(f"`{n}`" for n in fields)
            near = difflib.get_close_matches(name, fields, 1, 0.8)
            hint = f"did you mean `{near[0]}`? " if near else ""
            raise MeiliError("bad_request", f"Unknown parameter `{name}`: {hint}expected one of {shown}")
        kind, code, _ = fields[name]
        where = f"Invalid value in parameter `{name}`"
        if kind == "size":
            if not re.fullmatch(r"\+?\d+", text, re.ASCII):
                raise MeiliError(code, f"{where}: could not parse `{text}` as a positive integer")
            out[name] = int(text)
        elif kind == "bool":
            if text not in {"true", "false"}:
                message = f"{where}: could not parse `{text}` as a boolean, expected either `true` or `false`"
                raise MeiliError(code, message)
            out[name] = text == "true"
        elif kind in {"list", "ids"}:
            parts = text.split(",")
            if "*" in parts and kind == "list":
                out[name] = None
                continue
            for i, part in enumerate(parts):
                if kind == "ids" and part != "*" and not re.fullmatch(r"\d+", part, re.ASCII):
                    raise MeiliError(
                        code, f"Invalid value in parameter `{name}[{i}]`: could not parse `{part}` as a positive integer"
                    )
            out[name] = None if "*" in parts else parts
        else:
            out[name] = text
    return out


# --- searches -----------------------------------------------------------------------------------------------------

_HYBRID = obj(
    {
        "semanticRatio": Field(ranged(0, 1, "semanticRatio"), "invalid_search_semantic_ratio", default=0.5),
        "embedder": Field(string, "invalid_search_embedder", default=REQUIRED),
    }
)


def _names(text: str) -> list[str]:
    return text.split()


LOCALES = one_of(
    *_names(
        "af ak am ar az be bn bg ca cs da de el en eo et fi fr gu he hi hr hu hy id it jv ja kn ka km ko la lv lt ml mr mk my "
        "ne nl nb or pa fa pl pt ro ru si sk sl sn es sr sv ta te tl th tk tr uk ur uz vi yi zh zu"
    ),
    *_names(
        "afr aka amh ara aze bel ben bul cat ces dan deu ell eng epo est fin fra guj heb hin hrv hun hye ind ita jav jpn kan "
        "kat khm kor lat lav lit mal mar mkd mya nep nld nob ori pan pes pol por ron rus sin slk slv sna spa srp swe tam tel "
        "tgl tha tuk tur ukr urd uzb vie yid zho zul cmn"
    ),
)
SEARCH: dict[str, Field] = {
    "q": Field(string, "invalid_search_q", True),
    "offset": Field(size, "invalid_search_offset", default=0),
    "limit": Field(size, "invalid_search_limit", default=20),
    "page": Field(size, "invalid_search_page", True),
    "hitsPerPage": Field(size, "invalid_search_hits_per_page", True),
    "attributesToRetrieve": Field(array(string), "invalid_search_attributes_to_retrieve", True),
    "attributesToCrop": Field(array(string), "invalid_search_attributes_to_crop", True),
    "cropLength": Field(size, "invalid_search_crop_length", default=10),
    "cropMarker": Field(string, "invalid_search_crop_marker", default="…"),
    "attributesToHighlight": Field(array(string), "invalid_search_attributes_to_highlight", True),
    "highlightPreTag": Field(string, "invalid_search_highlight_pre_tag", default="<em>"),
    "highlightPostTag": Field(string, "invalid_search_highlight_post_tag", default="</em>"),
    "showMatchesPosition": Field(boolean, "invalid_search_show_matches_position", default=False),
    "filter": Field(anything, "invalid_search_filter", True),
    "sort": Field(array(string), "invalid_search_sort", True),
    "distinct": Field(string, "invalid_search_distinct", True),
    "facets": Field(array(string), "invalid_search_facets", True),
    "matchingStrategy": Field(one_of("last", "all", "frequency"), "invalid_search_matching_strategy", default="last"),
    "attributesToSearchOn": Field(array(string), "invalid_search_attributes_to_search_on", True),
    "rankingScoreThreshold": Field(ranged(0, 1, "rankingScoreThreshold"), "invalid_search_ranking_score_threshold", True),
    "locales": Field(array(LOCALES), "invalid_search_locales", True),
    "hybrid": Field(_HYBRID, "invalid_search_hybrid_query", True),
    "vector": Field(array(number), "invalid_search_vector", True),
    "retrieveVectors": Field(boolean, "invalid_search_retrieve_vectors", default=False),
    "media": Field(anything, "invalid_search_media", True),
    "personalize": Field(anything, "invalid_search_personalize", True),
    "useNetwork": Field(boolean, "invalid_search_use_network", True),
    "showRankingScore": Field(boolean, "invalid_search_show_ranking_score", default=False),
    "showRankingScoreDetails": Field(boolean, "invalid_search_show_ranking_score_details", default=False),
    "showPerformanceDetails": Field(boolean, "invalid_search_show_performance_details", default=False),
}
MULTI_SEARCH: dict[str, Field] = {
    "queries": Field(
        array(
            obj(
                {
                    "indexUid": Field(index_uid, "invalid_index_uid", default=REQUIRED, missing="missing_index_uid"),
                    **SEARCH,
                    "offset": Field(size, "invalid_search_offset", True),
                    "limit": Field(size, "invalid_search_limit", True),
                    "showPerformanceDetails": Field(boolean, "invalid_search_show_performance_details", True),
                    "federationOptions": Field(anything, "invalid_multi_search_federation_options", True),
                }
            )
        ),
        default=REQUIRED,
    ),
    "federation": Field(anything, "invalid_multi_search_federated", True),
}
FACET_SEARCH: dict[str, Field] = {
    "facetName": Field(
        string, "invalid_facet_search_facet_name", default=REQUIRED, missing="missing_facet_search_facet_name"
    ),
    "facetQuery": Field(string, "invalid_facet_search_query", True),
    "exhaustiveFacetCount": Field(boolean, "invalid_facet_search_exhaustive_facet_count", True),
    **{
        name: SEARCH[name]
        for name in (
            "q", "vector", "hybrid", "filter", "matchingStrategy", "attributesToSearchOn", "rankingScoreThreshold",
            "locales", "media",
        )
    },
}  # fmt: skip
FETCH: dict[str, Field] = {
    "offset": Field(size, "invalid_document_offset", default=0),
    "limit": Field(size, "invalid_document_limit", default=20),
    "fields": Field(array(string), "invalid_document_fields", True),
    "retrieveVectors": Field(boolean, "invalid_document_retrieve_vectors", default=False),
    "ids": Field(array(anything), "invalid_document_ids", True),
    "filter": Field(anything, "invalid_document_filter", True),
    "sort": Field(array(string), "invalid_document_sort", True),
    "useNetwork": Field(boolean, "invalid_document_use_network", True),
}

# --- settings -----------------------------------------------------------------------------------------------------

DEFAULT_SETTINGS: dict[str, Any] = {
    "displayedAttributes": ["*"],
    "searchableAttributes": ["*"],
    "filterableAttributes": [],
    "sortableAttributes": [],
    "rankingRules": ["words", "typo", "proximity", "attribute", "sort", "exactness"],
    "stopWords": [],
    "nonSeparatorTokens": [],
    "separatorTokens": [],
    "dictionary": [],
    "synonyms": {},
    "distinctAttribute": None,
    "proximityPrecision": "byWord",
    "typoTolerance": {
        "enabled": True,
        "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
        "disableOnWords": [],
        "disableOnAttributes": [],
        "disableOnNumbers": False,
    },
    "faceting": {"maxValuesPerFacet": 100, "sortFacetValuesBy": {"*": "alpha"}},
    "pagination": {"maxTotalHits": 1000},
    "embedders": {},
    "searchCutoffMs": None,
    "localizedAttributes": None,
    "facetSearch": True,
    "prefixSearch": "indexingTime",
}
CODES = {name: "invalid_settings_" + re.sub(r"[A-Z]", lambda m: "_" + m.group().lower(), name) for name in DEFAULT_SETTINGS}
_RULES = {
    "words", "typo", "proximity", "attribute", "sort", "exactness", "attributeRank", "wordPosition",
}  # fmt: skip


def _strings(value: Any, path: str, code: str) -> list[str]:
    return list(array(string)(value, path, code))


def _string_set(value: Any, path: str, code: str) -> list[str]:
    return sorted(set(_strings(value, path, code)))


def _partial(fields: dict[str, Check]) -> Check:
    """An object of which any part may be given; null resets a part."""
    nullable = {name: Field(check, "", True, REQUIRED) for name, check in fields.items()}

    def check(value: Any, path: str, code: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong("an object", value, path, code)
        known = {n: Field(f.check, code, True) for n, f in nullable.items()}
        got = obj(known)(value, path, code)
        return {n: v for n, v in got.items() if n in value}

    return check


def _filterable(value: Any, path: str, code: str) -> list[Any]:
    def rule(item: Any, at: str, code: str) -> Any:
        if not isinstance(item, dict):
            return string(item, at, code)
        features = obj(
            {
                "facetSearch": Field(boolean, code, default=False),
                "filter": Field(
                    obj(
                        {
                            "equality": Field(boolean, code, default=True),
                            "comparison": Field(boolean, code, default=False),
                        }
                    ),
                    code,
                    default={"equality": True, "comparison": False},
                ),
            }
        )
        return obj(
            {
                "attributePatterns": Field(array(string), code, default=REQUIRED),
                "features": Field(
                    features,
                    code,
                    default={"facetSearch": False, "filter": {"equality": True, "comparison": False}},
                ),
            }
        )(item, at, code)

    return list(array(rule)(value, path, code))


def _ranking(value: Any, path: str, code: str) -> list[str]:
    def rule(item: Any, at: str, code: str) -> str:
        string(item, at, code)
        if item in _RULES:
            return str(item)
        field, colon, order = item.rpartition(":")
        if not colon or order not in {"asc", "desc"}:
            shown = "`words`, `typo`, `proximity`, `attribute`, `sort`, `exactness`"
            raise MeiliError(
                code,
                f"Invalid value at `{at}`: `{item}` ranking rule is invalid. Valid ranking rules are {shown} and custom "
                "ranking rules.",
            )
        if field.startswith("_geo"):
            raise MeiliError(
                code, f"Invalid value at `{at}`: `{field}` is a reserved keyword and thus can't be used as a ranking rule."
            )
        return str(item)

    return list(array(rule)(value, path, code))


def _byte(value: Any, path: str, code: str) -> int:
    got = size(value, path, code)
    if got > 255:
        message = f"value: `{got}` is too large to be deserialized, maximum value authorized is `255`"
        raise MeiliError(code, f"Invalid value at `{path}`: {message}")
    return got


def _min_sizes(value: Any, path: str, code: str) -> dict[str, Any]:
    got: dict[str, Any] = _partial({"oneTypo": _byte, "twoTypos": _byte})(value, path, code)
    one, two = got.get("oneTypo"), got.get("twoTypos")
    if one is not None and two is not None and one > two:
        raise MeiliError(
            code,
            f"Invalid value at `{path}`: `minWordSizeForTypos` setting is invalid. `oneTypo` and `twoTypos` fields should be "
            "between `0` and `255`, and `twoTypos` should be greater or equals to `oneTypo` but found "
            f"`oneTypo: {one}` and twoTypos: {two}`.",
        )
    return got


def _embedder(value: Any, path: str, code: str) -> dict[str, Any]:
    names = (
        "source", "model", "revision", "pooling", "apiKey", "dimensions", "binaryQuantized", "documentTemplate",
        "documentTemplateMaxBytes", "url", "indexingFragments", "searchFragments", "request", "response", "headers",
        "searchEmbedder", "indexingEmbedder", "distribution",
    )  # fmt: skip
    checks: dict[str, Check] = dict.fromkeys(names, anything)
    checks["source"] = one_of("openAi", "huggingFace", "ollama", "userProvided", "rest", "composite")
    checks["dimensions"] = size
    checks["binaryQuantized"] = boolean
    return dict(_partial(checks)(value, path, code))


def _embedders(value: Any, path: str, code: str) -> dict[str, Any]:
    def nullable(item: Any, at: str, code: str) -> Any:
        return None if item is None else _embedder(item, at, code)

    return dict(mapping(nullable)(value, path, code))


_LOCALIZED = array(
    obj(
        {
            "attributePatterns": Field(array(string), "invalid_settings_localized_attributes", default=REQUIRED),
            "locales": Field(array(LOCALES), "invalid_settings_localized_attributes", default=REQUIRED),
        }
    )
)
SETTING_CHECKS: dict[str, Check] = {
    "displayedAttributes": _strings,
    "searchableAttributes": _strings,
    "filterableAttributes": _filterable,
    "sortableAttributes": _string_set,
    "rankingRules": _ranking,
    "stopWords": _string_set,
    "nonSeparatorTokens": _string_set,
    "separatorTokens": _string_set,
    "dictionary": _string_set,
    "synonyms": mapping(array(string)),
    "distinctAttribute": string,
    "proximityPrecision": one_of("byWord", "byAttribute"),
    "typoTolerance": _partial(
        {
            "enabled": boolean,
            "minWordSizeForTypos": _min_sizes,
            "disableOnWords": _string_set,
            "disableOnAttributes": _string_set,
            "disableOnNumbers": boolean,
        }
    ),
    "faceting": _partial({"maxValuesPerFacet": size, "sortFacetValuesBy": mapping(one_of("alpha", "count"))}),
    "pagination": _partial({"maxTotalHits": size}),
    "embedders": _embedders,
    "searchCutoffMs": size,
    "localizedAttributes": _LOCALIZED,
    "facetSearch": boolean,
    "prefixSearch": one_of("indexingTime", "disabled"),
    # Accepted and kept out of sight: features this double has no use for.
    "chat": anything,
    "foreignKeys": anything,
}


def settings(value: Any) -> dict[str, Any]:
    """A settings object checked; only what was given is in the result, null meaning reset."""
    fields = {name: Field(check, CODES.get(name, "bad_request"), True) for name, check in SETTING_CHECKS.items()}
    got: dict[str, Any] = read(value, obj(fields))
    return {name: item for name, item in got.items() if name in value}


def merge_settings(current: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Settings after a change: null resets a member to its default, partial objects are merged."""
    out = dict(current)
    for name, value in change.items():
        if name not in DEFAULT_SETTINGS:
            continue
        default = DEFAULT_SETTINGS[name]
        if value is None:
            out[name] = default
        elif name in {"typoTolerance", "faceting", "pagination"}:
            out[name] = _merge(out[name], value, default)
        elif name == "embedders":
            out[name] = _merge_embedders(out[name], value)
        elif name in {"displayedAttributes", "searchableAttributes"} and "*" in value:
            out[name] = ["*"]
        else:
            out[name] = value
    return out


def _merge(current: dict[str, Any], change: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    out = dict(current)
    for name, value in change.items():
        if value is None:
            out[name] = default[name]
        elif name == "minWordSizeForTypos":
            out[name] = _merge(out[name], value, default[name])
        elif name == "sortFacetValuesBy":
            out[name] = dict(sorted({**out[name], **value}.items()))
        else:
            out[name] = value
    return out


def _merge_embedders(current: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    out = dict(current)
    for name, value in change.items():
        if value is None:
            out.pop(name, None)
            continue
        merged = {**out.get(name, {}), **value}
        merged = {k: v for k, v in merged.items() if v is not None}
        if merged.get("source") == "userProvided" and "dimensions" not in merged:
            raise MeiliError(
                "invalid_settings_embedders",
                f"`.embedders.{name}`: Missing field `dimensions` (note: this field is mandatory for source `userProvided`)",
            )
        out[name] = merged
    return out
