"""What a member is told of a case about them, in their language: that a person looks, and what came of it.

Which signal raised it, and its figures, are never told here: who knows them plays to them.
"""

from __future__ import annotations

from collections.abc import Mapping

from loyalty import cases

_TEXTS: Mapping[str, Mapping[tuple[str, str], str]] = {
    "en": {
        (cases.AWARD, cases.OPEN): "Held for a look: a person checks this award before it counts.",
        (cases.AWARD, cases.GAVE): "Decided: the award counts.",
        (cases.AWARD, cases.REFUSED): "Decided: the award does not count.",
        (cases.RING, cases.OPEN): "Held for a look: a person checks some of what you were given.",
        (cases.RING, cases.GAVE): "Decided: all of it counts.",
        (cases.RING, cases.REFUSED): "Decided: it does not count.",
        (
            cases.DELIVERED,
            cases.OPEN,
        ): "You keep what you were given. A person looks at the points that were taken back.",
        (cases.DELIVERED, cases.GAVE): "Decided: you keep it, and owe nothing for it.",
        (cases.DELIVERED, cases.REFUSED): "Decided: you keep it, and what you earn next pays for it.",
        (cases.APPEAL, cases.OPEN): "Your appeal waits for somebody to look again.",
        (cases.APPEAL, cases.UPHELD): "Your appeal was looked at: the decision stays.",
        (cases.APPEAL, cases.OVERTURNED): "Your appeal was looked at: the decision was taken back.",
    },
    "ms": {
        (cases.AWARD, cases.OPEN): "Ditahan untuk semakan: seseorang menyemak anugerah ini sebelum ia dikira.",
        (cases.AWARD, cases.GAVE): "Diputuskan: anugerah ini dikira.",
        (cases.AWARD, cases.REFUSED): "Diputuskan: anugerah ini tidak dikira.",
        (cases.RING, cases.OPEN): "Ditahan untuk semakan: seseorang menyemak sebahagian daripada yang anda terima.",
        (cases.RING, cases.GAVE): "Diputuskan: semuanya dikira.",
        (cases.RING, cases.REFUSED): "Diputuskan: ia tidak dikira.",
        (
            cases.DELIVERED,
            cases.OPEN,
        ): "Yang telah diberikan kekal milik anda. Seseorang menyemak mata yang ditarik balik.",
        (cases.DELIVERED, cases.GAVE): "Diputuskan: ia kekal milik anda, tanpa sebarang hutang.",
        (
            cases.DELIVERED,
            cases.REFUSED,
        ): "Diputuskan: ia kekal milik anda, dan perolehan anda yang berikutnya membayarnya.",
        (cases.APPEAL, cases.OPEN): "Rayuan anda menunggu seseorang untuk menyemaknya semula.",
        (cases.APPEAL, cases.UPHELD): "Rayuan anda telah disemak: keputusan kekal.",
        (cases.APPEAL, cases.OVERTURNED): "Rayuan anda telah disemak: keputusan itu ditarik balik.",
    },
}


def told(kind: str, outcome: str | None, language: str) -> str:
    """One case as a sentence for the member it is about."""
    texts = _TEXTS.get(language, _TEXTS["en"])
    return texts[kind, cases.OPEN if outcome is None else outcome]
