"""Tables only, a file a noun. Importing this package makes every table known to `Base.metadata`."""

from loyalty.models.answers import KeptAnswer
from loyalty.models.audit import AuditLine
from loyalty.models.awards import Award, TierChange
from loyalty.models.backtests import BacktestPart, BacktestRow
from loyalty.models.budgets import Budget, BudgetAnswer
from loyalty.models.cases import Case, WithheldAward
from loyalty.models.communities import Community
from loyalty.models.conduct import Breach, Guidelines
from loyalty.models.deliveries import Delivery
from loyalty.models.entries import AnchoredHead, Entry, LedgerAnchor
from loyalty.models.facts import FactRow
from loyalty.models.fair_play import FairPlay
from loyalty.models.imports import Import, ImportLine
from loyalty.models.keys import ApiKey
from loyalty.models.kinds import DeclaredKind
from loyalty.models.members import Identity, Member
from loyalty.models.notices import Notice
from loyalty.models.proposals import Proposal
from loyalty.models.rewards import Redemption, Reward
from loyalty.models.rulebooks import Publication, RulebookDraft, RulebookVersion
from loyalty.models.sources import Source
from loyalty.models.standings import Checkpoint, StandingRow
from loyalty.models.tier_warnings import TierWarning
from loyalty.models.walks import Walk, WalkPart

__all__ = [
    "AnchoredHead",
    "ApiKey",
    "AuditLine",
    "Award",
    "BacktestPart",
    "BacktestRow",
    "Breach",
    "Budget",
    "BudgetAnswer",
    "Case",
    "Checkpoint",
    "Community",
    "DeclaredKind",
    "Delivery",
    "Entry",
    "FactRow",
    "FairPlay",
    "Guidelines",
    "Identity",
    "Import",
    "ImportLine",
    "KeptAnswer",
    "LedgerAnchor",
    "Member",
    "Notice",
    "Proposal",
    "Publication",
    "Redemption",
    "Reward",
    "RulebookDraft",
    "RulebookVersion",
    "Source",
    "StandingRow",
    "TierChange",
    "TierWarning",
    "Walk",
    "WalkPart",
    "WithheldAward",
]
