"""Contexts of the page of a field and the page of a place, and of their lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.papers import places
from kb.papers.places import Part, Place
from kb.papers.vocabulary import Field
from search_api.query.request import SearchRequest
from search_api.schema import Arrival, BriefTopic, Group, Topic
from search_api.tasks.topics import MAX_NAMED
from web.charts import BarRow, YearBars, bar_rows, year_bars
from web.urls import SearchState, field_page_url, place_url


@dataclass(frozen=True, slots=True)
class FieldsPage:
    fields: Sequence[Field]
    topics: Mapping[str, BriefTopic]

    def years(self, code: str) -> YearBars:
        """The years of a field, on the scale of all fields."""
        years = [year for topic in self.topics.values() for year in topic.years]
        top = max((count for topic in self.topics.values() for count in topic.years.values()), default=1)
        return year_bars(self.topics[code].years, title="Số mục theo năm", years=years, top=top)


@dataclass(frozen=True, slots=True)
class _TopicPage:
    """What the page of a field and the page of a place share. `facet` and `value` are the filter that the page shows, `news`
    are the last arrivals."""

    topic: Topic
    news: Sequence[Arrival]
    facet: str
    value: str

    def state(self, kinds: Sequence[str] = (), **more: str) -> SearchState:
        filters: dict[str, tuple[str, ...]] = {self.facet: (self.value,)}
        if kinds:
            filters["kind"] = tuple(kinds)
        return SearchState(SearchRequest(filters=filters | {name: (value,) for name, value in more.items()}))

    def url(self, kinds: Sequence[str] = ()) -> str:
        """The address of the results that a number on the page counts."""
        return self.state(kinds).url()

    @property
    def feed_url(self) -> str:
        return self.state().url("/tim.atom")

    @property
    def column_url(self) -> str:
        return self.state().url("/nhung")

    @property
    def news_url(self) -> str:
        return self.state().url("/moi")

    @property
    def kinds(self) -> list[BarRow]:
        return bar_rows([(v.label, v.count, self.url([v.code])) for v in self.topic.kinds])

    def years(self, group: Group) -> YearBars:
        """The years of a group, all groups on one scale."""
        span = list(self.topic.years)
        top = max((count for other in self.topic.groups for count in other.years.values()), default=1)
        state = self.state(group.kinds)
        return year_bars(
            group.years, title=group.label, years=span, top=top, link=lambda year: state.choosing("year", str(year))
        )

    @property
    def all_years(self) -> YearBars:
        state = self.state()
        title = "Tất cả theo năm"
        return year_bars(self.topic.years, title=title, link=lambda year: state.choosing("year", str(year)))


@dataclass(frozen=True, slots=True)
class FieldPage(_TopicPage):
    field: Field

    @property
    def places(self) -> list[BarRow]:
        """Today's communes with items of the field, those with most items first."""
        known = [(value, places.by_name(value.code)) for value in self.topic.others]
        communes = [(v, place) for v, place in known if place and place.level == "commune"]
        return bar_rows([(place.name, v.count, place_url(place)) for v, place in communes[:MAX_NAMED]])

    @property
    def related(self) -> list[BarRow]:
        return bar_rows([(v.label, v.count, field_page_url(v.code)) for v in self.topic.related[:MAX_NAMED]])


@dataclass(frozen=True, slots=True)
class PlaceLink:
    place: Place
    count: int

    @property
    def url(self) -> str:
        return place_url(self.place)


@dataclass(frozen=True, slots=True)
class PartLink:
    """A unit that a place was made of, or became, with its count of items."""

    part: Part
    count: int

    @property
    def url(self) -> str:
        return place_url(self.part.place)


@dataclass(frozen=True, slots=True)
class PlacePage(_TopicPage):
    """The page of a place; `counts` are the numbers of items by name of place."""

    place: Place
    counts: Mapping[str, int]

    @property
    def above(self) -> list[PlaceLink]:
        """The units in which the place lies, the nearest first."""
        links, above = [], places.parent(self.place)
        while above:
            links.append(self._link(above))
            above = places.parent(above)
        return links

    @property
    def within(self) -> list[PlaceLink]:
        """The units in it that have items, those with most items first."""
        links = [self._link(child) for child in places.children(self.place)]
        return sorted((link for link in links if link.count), key=lambda link: -link.count)

    @property
    def became(self) -> list[PartLink]:
        return [PartLink(part, self.counts.get(part.place.name, 0)) for part in places.successors(self.place)]

    @property
    def made_of(self) -> list[PartLink]:
        return [PartLink(part, self.counts.get(part.place.name, 0)) for part in places.predecessors(self.place)]

    @property
    def fields(self) -> list[BarRow]:
        return bar_rows([(v.label, v.count, self.state(field=v.code).url()) for v in self.topic.others])

    def _link(self, place: Place) -> PlaceLink:
        return PlaceLink(place, self.counts.get(place.name, 0))


@dataclass(frozen=True, slots=True)
class PlacesPage:
    """The list of places. `name` is what the visitor looked for, `found` are the places that it may mean."""

    counts: Mapping[str, int]
    name: str
    found: Sequence[Place]

    @property
    def tree(self) -> list[tuple[PlaceLink, list[PlaceLink]]]:
        """The provinces with items, each with its communes that have items."""
        branches = []
        for province in places.provinces():
            if self.counts.get(province.name):
                communes = [PlaceLink(p, self.counts.get(p.name, 0)) for p in places.children(province) if not p.former]
                branches.append((PlaceLink(province, self.counts[province.name]), [c for c in communes if c.count]))
        return branches

    @property
    def former(self) -> list[PlaceLink]:
        """Former districts and provinces with items."""
        known = [(places.by_name(name), count) for name, count in self.counts.items()]
        wanted = ("former_province", "former_district")
        links = [PlaceLink(place, count) for place, count in known if place and place.level in wanted]
        return sorted(links, key=lambda link: (-link.count, link.place.name))

    @property
    def others(self) -> list[PlaceLink]:
        """Provinces without items."""
        return [PlaceLink(p, 0) for p in places.provinces() if not self.counts.get(p.name)]

    def links(self) -> list[PlaceLink]:
        return [PlaceLink(place, self.counts.get(place.name, 0)) for place in self.found]
