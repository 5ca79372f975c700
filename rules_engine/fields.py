"""The catalogue: what a condition may read, of which type, with an example and a label in each language.

One catalogue feeds the parser, an editor's form and the documentation. It is closed: built-in fields, and those that an
activity kind declares as `data.<name>`. A new field is one entry here and one reader in `conditions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rules_engine.facts import BREACH_CONFIRMED

WHOLE, TEXT, TEXTS, TRUTH, SCALAR = "whole", "text", "texts", "truth", "scalar"

OPERATORS: dict[str, tuple[str, ...]] = {
    WHOLE: ("is", "is_not", "one_of", "at_least", "at_most", "exists"),
    TEXT: ("is", "is_not", "one_of", "exists"),
    TEXTS: ("has", "has_any", "exists"),
    TRUTH: ("is", "is_not", "exists"),
    SCALAR: ("is", "is_not", "one_of", "at_least", "at_most", "exists"),
}
"""The operators of each type. A scalar is a text, a whole number or a truth: what an app may say about a member."""

DATA_TYPES = (WHOLE, TEXT, TEXTS, TRUTH)
"""The types that an activity kind may give to its data."""


class Kind(NamedTuple):
    """An activity kind with its name by language, and the type of each field of its data."""

    key: str
    name: Mapping[str, str]
    fields: Mapping[str, str]


class Field(NamedTuple):
    """Something that a condition can read. `kinds`: the activity kinds that have it; empty means all."""

    name: str
    type: str
    label: Mapping[str, str]
    example: object
    kinds: tuple[str, ...] = ()

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that a condition on this field can use."""
        return OPERATORS[self.type]


MEMBER = "member."
ATTRIBUTES = "member.attributes."
DATA = "data."

FIELDS = (
    Field("kind", TEXT, {"en": "activity", "ms": "aktiviti"}, "answer_accepted"),
    Field("platform", TEXT, {"en": "platform", "ms": "platform"}, "discourse"),
    Field("object.kind", TEXT, {"en": "kind of object", "ms": "jenis objek"}, "post"),
    Field("object.id", TEXT, {"en": "object", "ms": "objek"}, "127593"),
    Field("object.tags", TEXTS, {"en": "tags", "ms": "tag"}, ["support"]),
    Field("member.tier", TEXT, {"en": "member's tier", "ms": "tahap ahli"}, "helper"),
    Field("member.groups", TEXTS, {"en": "member's groups", "ms": "kumpulan ahli"}, ["founders"]),
    Field("member.badges", TEXTS, {"en": "member's badges", "ms": "lencana ahli"}, ["first-helper"]),
    Field("member.earned", WHOLE, {"en": "points earned so far", "ms": "mata diperoleh setakat ini"}, 100),
    Field(
        "member.days",
        WHOLE,
        {"en": "days since the first activity", "ms": "hari sejak aktiviti pertama"},
        3,
    ),
    Field(
        "counterparty.known", TRUTH, {"en": "the other person is a member", "ms": "pihak satu lagi ialah ahli"}, True
    ),
)

_BY_NAME = {field.name: field for field in FIELDS}
_EXAMPLES: dict[str, object] = {WHOLE: 3, TEXT: "text", TEXTS: ["text"], TRUTH: True}


def catalogue(kinds: Iterable[Kind]) -> list[Field]:
    """Every field that rules on these kinds can read, the data of the kinds last."""
    declared: dict[tuple[str, str], list[str]] = {}
    for kind in kinds:
        for name, type_ in kind.fields.items():
            declared.setdefault((name, type_), []).append(kind.key)
    attribute = Field(ATTRIBUTES + "<name>", SCALAR, {"en": "member's attribute", "ms": "atribut ahli"}, "gold")
    return [*FIELDS, attribute] + [
        Field(DATA + name, type_, data_label(name), _EXAMPLES[type_], tuple(sorted(keys)))
        for (name, type_), keys in sorted(declared.items())
    ]


def find(name: str, kinds: Iterable[Kind]) -> Field | None:
    """The field of that name for a rule on all of these kinds; None where one of them does not have it alike."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name.startswith(ATTRIBUTES) and len(name) > len(ATTRIBUTES):
        return Field(name, SCALAR, {"en": name[len(ATTRIBUTES) :], "ms": name[len(ATTRIBUTES) :]}, "gold")
    if name.startswith(DATA):
        types = {kind.fields.get(name[len(DATA) :]) for kind in kinds}
        if len(types) == 1 and (type_ := types.pop()) is not None:
            return Field(name, type_, data_label(name[len(DATA) :]), _EXAMPLES[type_])
    return None


def names(kinds: Iterable[Kind]) -> list[str]:
    """The names that `find` knows for a rule on all of these kinds, attributes apart."""
    kinds = list(kinds)
    data = set.intersection(*(set(kind.fields) for kind in kinds)) if kinds else set()
    return [*_BY_NAME, *(DATA + name for name in sorted(data))]


def texts_of(kinds: Iterable[Kind]) -> list[str]:
    """The fields of data that hold one text on all of these kinds."""
    kinds = list(kinds)
    return [
        name for name in names(kinds) if name.startswith(DATA) and (field := find(name, kinds)) and field.type == TEXT
    ]


_DATA_LABELS: dict[str, tuple[str, str]] = {
    "additions": ("lines added", "baris ditambah"),
    "amount_minor": ("amount in sen", "jumlah dalam sen"),
    "badge": ("badge", "lencana"),
    "category": ("category", "kategori"),
    "channel": ("channel", "saluran"),
    "currency": ("currency", "mata wang"),
    "deletions": ("lines removed", "baris dibuang"),
    "first": ("first purchase", "pembelian pertama"),
    "format": ("format", "format"),
    "guideline": ("guideline", "garis panduan"),
    "has_media": ("a picture or video", "gambar atau video"),
    "hashtag": ("hashtag", "hashtag"),
    "language": ("language", "bahasa"),
    "length": ("length", "panjang"),
    "likes": ("likes", "suka"),
    "minutes": ("minutes", "minit"),
    "minutes_to_answer": ("minutes until the answer", "minit sehingga jawapan"),
    "option": ("option", "pilihan"),
    "products": ("products", "produk"),
    "reaction": ("reaction", "reaksi"),
    "reason": ("reason", "sebab"),
    "score": ("score", "skor"),
    "seconds": ("seconds", "saat"),
    "severity": ("severity", "tahap kesalahan"),
    "stars": ("stars", "bintang"),
    "value": ("value", "nilai"),
    "verified": ("a verified purchase", "pembelian yang disahkan"),
    "views": ("views", "tontonan"),
    "votes": ("votes", "undi"),
}
"""What the data of the shared kinds is called; what a community declares is called as it is written."""


def data_label(name: str) -> dict[str, str]:
    """What a field of an activity's data is called."""
    words = name.replace("_", " ")
    return dict(zip(("en", "ms"), _DATA_LABELS.get(name, (words, words)), strict=True))


def _kind(key: str, en: str, ms: str, **fields: str) -> Kind:
    return Kind(key, {"en": en, "ms": ms}, fields)


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        _kind("post_created", "Post created", "Hantaran dibuat", length=WHOLE, has_media=TRUTH, language=TEXT),
        _kind("comment_created", "Comment written", "Komen ditulis", length=WHOLE, language=TEXT),
        _kind("question_asked", "Question asked", "Soalan ditanya", length=WHOLE, category=TEXT),
        _kind("answer_accepted", "Answer accepted", "Jawapan diterima", votes=WHOLE, minutes_to_answer=WHOLE),
        _kind("helpful_reaction", "Helpful reaction", "Reaksi membantu", reaction=TEXT),
        _kind("poll_voted", "Poll vote", "Undian tinjauan", option=TEXT),
        _kind("topic_voted", "Topic vote", "Undian topik", votes=WHOLE),
        _kind("hashtag_posted", "Hashtag posted", "Hashtag dihantar", hashtag=TEXT, likes=WHOLE),
        _kind("video_posted", "Video posted", "Video dihantar", seconds=WHOLE, views=WHOLE, likes=WHOLE),
        _kind("live_attended", "LIVE attended", "LIVE dihadiri", minutes=WHOLE),
        _kind("gathering_registered", "Gathering registered", "Perhimpunan didaftar", format=TEXT),
        _kind("gathering_attended", "Gathering attended", "Perhimpunan dihadiri", minutes=WHOLE, format=TEXT),
        _kind("referral_joined", "Referral joined", "Rujukan menyertai", channel=TEXT),
        _kind("referral_converted", "Referral converted", "Rujukan berjaya", channel=TEXT, amount_minor=WHOLE),
        _kind(
            "purchase_made",
            "Purchase made",
            "Pembelian dibuat",
            amount_minor=WHOLE,
            currency=TEXT,
            first=TRUTH,
            products=TEXTS,
        ),
        _kind("review_written", "Review written", "Ulasan ditulis", stars=WHOLE, length=WHOLE, verified=TRUTH),
        _kind("story_shared", "Story shared", "Cerita dikongsi", views=WHOLE),
        _kind("repo_starred", "Repository starred", "Repositori dibintang"),
        _kind("pr_merged", "Pull request merged", "Pull request digabung", additions=WHOLE, deletions=WHOLE),
        _kind("kudos_given", "Kudos given", "Pujian diberi", value=TEXT),
        _kind("feedback_given", "Feedback given", "Maklum balas diberi", score=WHOLE, length=WHOLE),
        _kind("badge_earned", "Badge earned elsewhere", "Lencana diperoleh di tempat lain", badge=TEXT),
        _kind("member_left", "Member left", "Ahli keluar", reason=TEXT),
    )
}
"""The activity kinds that all platforms share. A community may declare more."""

OWN_KINDS: dict[str, Kind] = {
    BREACH_CONFIRMED: _kind(
        BREACH_CONFIRMED, "Breach confirmed", "Pelanggaran disahkan", severity=TEXT, guideline=TEXT
    ),
}
"""Kinds of Setia's own that rules may hear (`facts.HEARD`). No platform or app can say them."""


def heard(kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """All that a rulebook may hear, where platforms and apps may say these kinds."""
    return {**kinds, **OWN_KINDS}
