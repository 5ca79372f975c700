"""Who may say what: the platforms, scopes and kinds that an activity has to be said with, and a source speaks for.

What a key speaks for is asked by whoever lets it in; the activity tells both alike what it takes.
"""

from __future__ import annotations

from loyalty.activities import Activity, Identity, Reference
from loyalty.identities import OWN
from loyalty.models import Source
from loyalty.platforms import PLATFORMS
from rules_engine.errors import Sentence


def spoken_for(activity: Activity) -> dict[str, str]:
    """Pointer into the activity -> platform that whoever says it has to speak for.

    A reference counts as the people do: whoever could answer `author_of:telegram:...` would take what others are given
    for their messages there. So does the key: whoever said a platform's key first would keep it from saying it.
    """
    people = {"/actor": activity.actor, "/beneficiary": activity.beneficiary}
    found = {place: who.platform for place, who in people.items() if isinstance(who, Identity)}
    references = {place: who.text for place, who in people.items() if isinstance(who, Reference)}
    if activity.declares is not None:
        references["/declares"] = activity.declares
    for place, reference in references.items():
        kind, platform, *rest = [*reference.split(":"), ""]
        if kind == "author_of" and rest:
            found[place] = platform
    owner = activity.key.partition(":")[0]
    if owner in PLATFORMS:
        found["/activity_key"] = owner
    return {**found, "/platform": activity.platform}


def hears(source: Source, kind: str) -> bool:
    """Whether the source was connected for this kind of activity."""
    return source.kinds is None or kind in source.kinds


def refusal(source: Source, activity: Activity) -> Sentence | None:
    """Why the source may not say this activity; nothing when it may."""
    if not hears(source, activity.kind):
        return Sentence("this source does not speak for {kind}", kind=activity.kind)
    for platform in spoken_for(activity).values():
        if platform == OWN:
            return Sentence("this platform is Setia's own; name a member by their id")
        if source.platforms is not None and platform not in source.platforms:
            return Sentence("this source does not speak for the platform {platform}", platform=platform)
    if source.scopes is not None:
        people = [party for party in (activity.actor, activity.beneficiary) if isinstance(party, Identity)]
        for party in people:
            if party.scope not in source.scopes:
                return Sentence("this source does not speak for the scope {scope}", scope=repr(party.scope))
    return None
