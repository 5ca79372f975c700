"""Tables only, a file a noun. Importing this package makes every table known to `Base.metadata`."""

from loyalty.models.answers import KeptAnswer
from loyalty.models.awards import Award, TierChange
from loyalty.models.communities import Community, Publication, RulebookDraft, RulebookVersion
from loyalty.models.deliveries import Delivery
from loyalty.models.entries import AnchoredHead, Entry, LedgerAnchor
from loyalty.models.facts import FactRow
from loyalty.models.imports import Import, ImportLine
from loyalty.models.keys import ApiKey
from loyalty.models.kinds import DeclaredKind
from loyalty.models.members import Identity, Member
from loyalty.models.notices import Notice
from loyalty.models.rewards import Redemption, Reward
from loyalty.models.sources import Source
from loyalty.models.standings import Checkpoint, StandingRow

__all__ = [
    "AnchoredHead",
    "ApiKey",
    "Award",
    "Checkpoint",
    "Community",
    "DeclaredKind",
    "Delivery",
    "Entry",
    "FactRow",
    "Identity",
    "Import",
    "ImportLine",
    "KeptAnswer",
    "LedgerAnchor",
    "Member",
    "Notice",
    "Publication",
    "Redemption",
    "Reward",
    "RulebookDraft",
    "RulebookVersion",
    "Source",
    "StandingRow",
    "TierChange",
]
