"""What a member is told of a case about them, in their language: that a person looks, and what came of it.

Which signal raised it, and its figures, are never told here: who knows them plays to them.
"""

from __future__ import annotations

from collections.abc import Mapping

from loyalty import cases

_TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    cases.AWARD: {
        cases.OPEN: (
            "Held for a look: a person checks this award before it counts.",
            "Ditahan untuk semakan: seseorang menyemak anugerah ini sebelum ia dikira.",
        ),
        cases.GAVE: ("Decided: the award counts.", "Diputuskan: anugerah ini dikira."),
        cases.REFUSED: ("Decided: the award does not count.", "Diputuskan: anugerah ini tidak dikira."),
    },
    cases.RING: {
        cases.OPEN: (
            "Held for a look: a person checks some of what you were given.",
            "Ditahan untuk semakan: seseorang menyemak sebahagian daripada yang anda terima.",
        ),
        cases.GAVE: ("Decided: all of it counts.", "Diputuskan: semuanya dikira."),
        cases.REFUSED: ("Decided: it does not count.", "Diputuskan: ia tidak dikira."),
    },
    cases.DELIVERED: {
        cases.OPEN: (
            "You keep what you were given. A person looks at the points that were taken back.",
            "Yang telah diberikan kekal milik anda. Seseorang menyemak mata yang ditarik balik.",
        ),
        cases.GAVE: (
            "Decided: you keep it, and owe nothing for it.",
            "Diputuskan: ia kekal milik anda, tanpa sebarang hutang.",
        ),
        cases.REFUSED: (
            "Decided: you keep it, and what you earn next pays for it.",
            "Diputuskan: ia kekal milik anda, dan perolehan anda yang berikutnya membayarnya.",
        ),
    },
    cases.APPEAL: {
        cases.OPEN: (
            "Your appeal waits for somebody to look again.",
            "Rayuan anda menunggu seseorang untuk menyemaknya semula.",
        ),
        cases.UPHELD: ("Your appeal was looked at: the decision stays.", "Rayuan anda telah disemak: keputusan kekal."),
        cases.OVERTURNED: (
            "Your appeal was looked at: the decision was taken back.",
            "Rayuan anda telah disemak: keputusan itu ditarik balik.",
        ),
    },
}
"""By kind, then by how it ended: in English and in Malay."""


def told(kind: str, outcome: str | None, language: str) -> str:
    """One case as a sentence for the member it is about."""
    english, malay = _TEXTS[kind][cases.OPEN if outcome is None else outcome]
    return malay if language == "ms" else english
