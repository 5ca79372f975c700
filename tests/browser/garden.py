"""The community that the browser looks at: long, foreign and hostile names among plain ones, two languages, a logo."""

from __future__ import annotations

from typing import Any

from tests.http import World

LONG = "Wan Nur Qistina Humaira Damia Batrisyia binti Mohd Khairul Azlan Shah Pendekar-Bukit-Gantang-Wahab-Panjang"
NAMES = {
    "ada": "Ada Lim",
    "ben": LONG,
    "cleo": "نور الهدى",
    "dina": "🌺 Dina 🪁",
    "eve": '<script>alert("1")</script>',
}
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><circle cx="24" cy="24" r="20" fill="#b4532a"/>'
    '<path d="M24 42V23M24 30C14 30 8 24 8 14c10 0 16 6 16 16z" stroke="#fff" fill="none" stroke-width="3"/></svg>'
)
COMMUNITY = {
    "name": "Kebun Kita",
    "zone": "Asia/Kuala_Lumpur",
    "purpose": {"en": "We grow together.", "ms": "Menanam bersama, menuai bersama."},
    "description": "Neighbours who share seeds, tools and stories.",
    "guidelines": "Be kind.\nTinggalkan kebun lebih indah daripada semalam.",
    "colours": {"primary": "#b4532a", "accent": "#3c7a3f"},
    "languages": ["en", "ms"],
    "logo": LOGO,
    "pages": "open",
}
RULEBOOK: dict[str, Any] = {
    "rules": [
        {
            "key": "helpful-answer",
            "name": {"en": "Helpful answer", "ms": "Jawapan membantu"},
            "on": "answer_accepted",
            "earns": "beneficiary",
            "when": {"field": "object.tags", "has": "kebun"},
            "limits": [{"times": 5, "per": "day"}],
            "gives": [
                {"points": {"base": 10, "plus": {"per": "data.votes", "each": 2, "at_most": 20}}},
                {"badge": "hands"},
            ],
        },
        {
            "key": "every-third",
            "name": {"en": "Every third answer", "ms": "Setiap jawapan ketiga"},
            "on": "answer_accepted",
            "earns": "beneficiary",
            "count": {"every": 3},
            "gives": [{"points": 15}, {"badge": "guide"}],
        },
        {
            "key": "week",
            "name": {"en": "Seven days in a row", "ms": "Tujuh hari berturut-turut"},
            "on": "post_created",
            "streak": {"days": 7},
            "gives": [{"points": 30}],
        },
    ],
    "badges": [
        {
            "key": "hands",
            "name": {"en": "Helping hands", "ms": "Tangan membantu"},
            "description": {"en": "Your answer helped a neighbour.", "ms": "Jawapan anda membantu jiran."},
            "icon": "hands",
            "colour": "#0b7a75",
        },
        {"key": "guide", "name": {"en": "Guide", "ms": "Pemandu"}, "icon": "compass", "colour": "#f2e34c"},
        {"key": "plain", "name": {"en": "Old oak", "ms": "Pokok tua"}, "needs": {"earned": {"points": 500}}},
    ],
    "tiers": {
        "period": "quarter",
        "levels": [
            {"key": "seed", "name": {"en": "Seed", "ms": "Benih"}, "reach": 0},
            {
                "key": "sprout",
                "name": {"en": "Sprout", "ms": "Tunas"},
                "reach": 30,
                "keep": 20,
                "benefits": [{"en": "First pick of seedlings", "ms": "Pilihan pertama anak pokok"}],
            },
            {"key": "tree", "name": {"en": "Tree", "ms": "Pokok"}, "reach": 200, "keep": 100},
        ],
    },
    "boards": [
        {"key": "week", "name": {"en": "This week", "ms": "Minggu ini"}, "period": "week"},
        {"key": "all", "name": {"en": "All time", "ms": "Sepanjang masa"}, "period": "all"},
    ],
}


def furnish(world: World) -> None:
    """Give the community its profile and rules, and let its members do something."""
    assert world.put("/v1/community", COMMUNITY).status_code == 200
    world.publish(RULEBOOK)
    for times, (key, name) in zip((5, 3, 2, 1, 1), NAMES.items(), strict=True):
        member = world.put(f"/v1/members/{key}", {"name": name}).get_json()["id"]
        for _ in range(times):
            said = world.answered(member, data={"votes": 2}, object={"kind": "post", "id": "1", "tags": ["kebun"]})
            assert world.post("/v1/activities", said, key="ingest").status_code == 201
    world.put("/v1/members/flo", {"name": "Flo"})
