"""Everything of the core."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "anchored_heads",
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "day", name=op.f("pk_anchored_heads")),
    )
    with op.batch_alter_table("anchored_heads", schema=None) as batch_op:
        batch_op.create_index("ix_anchored_heads_anchor", ["community_id", "day", "member_id"], unique=False)

    op.create_table(
        "audit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", KEY, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_by", ["community_id", "by", "id"], unique=False)
        batch_op.create_index("ix_audit_community", ["community_id", "id"], unique=False)
        batch_op.create_index("ix_audit_subject", ["community_id", "subject", "id"], unique=False)

    op.create_table(
        "awards",
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("badge", KEY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "badge", "revision", name=op.f("pk_awards")),
    )
    with op.batch_alter_table("awards", schema=None) as batch_op:
        batch_op.create_index("ix_awards_latest", ["community_id", "at"], unique=False)

    op.create_table(
        "communities",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("pages", sa.Text(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("publications", sa.Integer(), nullable=False),
        sa.Column("declarations", sa.Integer(), nullable=False),
        sa.Column("approvals", sa.Integer(), nullable=False),
        sa.Column("fair_play", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_communities")),
        sa.UniqueConstraint("key", name=op.f("uq_communities_key")),
    )
    op.create_table(
        "entries",
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("rule", KEY, nullable=False),
        sa.Column("occasion", KEY, nullable=False),
        sa.Column("effect", KEY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("debit", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fact", KEY, nullable=True),
        sa.Column("publication", KEY, nullable=True),
        sa.Column("booked_at", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_entries_amount_is_positive")),
        sa.PrimaryKeyConstraint("member_id", "at", "number", name=op.f("pk_entries")),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(
            "uq_entries_decision", ["member_id", "occasion", "rule", "effect", "revision"], unique=True
        )

    op.create_table(
        "facts",
        sa.Column("activity_id", KEY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("actor", KEY, nullable=True),
        sa.Column("actor_ref", KEY, nullable=True),
        sa.Column("beneficiary", KEY, nullable=True),
        sa.Column("beneficiary_ref", KEY, nullable=True),
        sa.Column("declares", KEY, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("activity_id", "n", name=op.f("pk_facts")),
    )
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_facts_actor",
            ["actor", "at"],
            unique=False,
            postgresql_where=sa.text("stands"),
            sqlite_where=sa.text("stands"),
        )
        batch_op.create_index(
            "ix_facts_actor_ref",
            ["actor_ref"],
            unique=False,
            postgresql_where=sa.text("actor_ref IS NOT NULL"),
            sqlite_where=sa.text("actor_ref IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_facts_beneficiary",
            ["beneficiary", "at"],
            unique=False,
            postgresql_where=sa.text("stands"),
            sqlite_where=sa.text("stands"),
        )
        batch_op.create_index(
            "ix_facts_beneficiary_ref",
            ["beneficiary_ref"],
            unique=False,
            postgresql_where=sa.text("beneficiary_ref IS NOT NULL"),
            sqlite_where=sa.text("beneficiary_ref IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_facts_declares",
            ["declares"],
            unique=False,
            postgresql_where=sa.text("declares IS NOT NULL"),
            sqlite_where=sa.text("declares IS NOT NULL"),
        )

    op.create_table(
        "kept_answers",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("caller", KEY, nullable=False),
        sa.Column("method", KEY, nullable=False),
        sa.Column("path", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "caller", "method", "path", "key", name=op.f("pk_kept_answers")),
    )
    with op.batch_alter_table("kept_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_answers_kept_at"), ["kept_at"], unique=False)

    op.create_table(
        "ledger_anchors",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("anchored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "day", name=op.f("pk_ledger_anchors")),
    )
    op.create_table(
        "notices",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(
            "ix_notices_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("done_at IS NULL"),
            sqlite_where=sa.text("done_at IS NULL"),
        )
        batch_op.create_index(
            "ix_notices_undone",
            ["community_id", "kind"],
            unique=False,
            postgresql_where=sa.text("done_at IS NULL"),
            sqlite_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "tier_changes",
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("from_tier", sa.Text(), nullable=True),
        sa.Column("to_tier", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "revision", name=op.f("pk_tier_changes")),
    )
    with op.batch_alter_table("tier_changes", schema=None) as batch_op:
        batch_op.create_index("ix_tier_changes_latest", ["community_id", "at"], unique=False)

    op.create_table(
        "tier_warnings",
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("judged_at", sa.BigInteger(), nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("tier", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "judged_at", name=op.f("pk_tier_warnings")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("prefix", KEY, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("platforms", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("kinds", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("replaces", KEY, nullable=True),
        sa.Column("voice", KEY, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_api_keys_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.create_index("ix_api_keys_community", ["community_id", "id"], unique=False)

    op.create_table(
        "backtests",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("drafted", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("publications", sa.Integer(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("gains_only", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("facts", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_backtests_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtests")),
    )
    with op.batch_alter_table("backtests", schema=None) as batch_op:
        batch_op.create_index("ix_backtests_community", ["community_id", "id"], unique=False)
        batch_op.create_index("ix_backtests_state", ["state"], unique=False)

    op.create_table(
        "budgets",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("slot", KEY, nullable=False),
        sa.Column("label", KEY, nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_budgets_community_id")),
        sa.PrimaryKeyConstraint("community_id", "slot", "label", name=op.f("pk_budgets")),
    )
    op.create_table(
        "declared_kinds",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", KEY, nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_declared_kinds_community_id")),
        sa.PrimaryKeyConstraint("community_id", "key", name=op.f("pk_declared_kinds")),
    )
    op.create_table(
        "fair_play",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("signals", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", KEY, nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_fair_play_community_id")),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_fair_play")),
    )
    op.create_table(
        "guidelines",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", KEY, nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_guidelines_community_id")),
        sa.PrimaryKeyConstraint("community_id", "version", name=op.f("pk_guidelines")),
    )
    op.create_table(
        "members",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("external_id", KEY, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("zone_changed_at", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("on_boards", sa.Boolean(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_members_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("community_id", "external_id", name="uq_members_external_id"),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index("ix_members_community", ["community_id", "id"], unique=False)

    op.create_table(
        "proposals",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("gains_only", sa.Boolean(), nullable=False),
        sa.Column("reverts", KEY, nullable=True),
        sa.Column("approvals", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_proposals_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index("ix_proposals_community", ["community_id", "id"], unique=False)

    op.create_table(
        "publications",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("engine_version", sa.Integer(), nullable=False),
        sa.Column("reverts", KEY, nullable=True),
        sa.Column("gains_only", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_publications_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint("community_id", "number", name="uq_publications_number"),
    )
    op.create_table(
        "rewards",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("per_member", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("cost > 0", name=op.f("ck_rewards_cost_is_positive")),
        sa.CheckConstraint("stock IS NULL OR taken <= stock", name=op.f("ck_rewards_not_more_than_stock")),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_rewards_community_id")),
        sa.PrimaryKeyConstraint("community_id", "key", name=op.f("pk_rewards")),
    )
    op.create_table(
        "rulebook_drafts",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_rulebook_drafts_community_id")),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_rulebook_drafts")),
    )
    op.create_table(
        "rulebook_versions",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_rulebook_versions_community_id")),
        sa.PrimaryKeyConstraint("community_id", "version", name=op.f("pk_rulebook_versions")),
    )
    op.create_table(
        "sources",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text(), nullable=True),
        sa.Column("previous_until", sa.BigInteger(), nullable=True),
        sa.Column("enrol", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("platforms", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("scopes", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("rotated_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_sources_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
    )
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sources_community_id"), ["community_id"], unique=False)

    op.create_table(
        "backtest_parts",
        sa.Column("backtest_id", KEY, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("after", KEY, nullable=False),
        sa.Column("until", KEY, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.Column("slice", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["backtest_id"], ["backtests.id"], name=op.f("fk_backtest_parts_backtest_id")),
        sa.PrimaryKeyConstraint("backtest_id", "part", name=op.f("pk_backtest_parts")),
    )
    op.create_table(
        "budget_answers",
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("occasion", KEY, nullable=False),
        sa.Column("rule", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("amounts", KEY, nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_budget_answers_member_id")),
        sa.PrimaryKeyConstraint("member_id", "occasion", "rule", "amounts", name=op.f("pk_budget_answers")),
    )
    with op.batch_alter_table("budget_answers", schema=None) as batch_op:
        batch_op.create_index("ix_budget_answers_place", ["member_id", "at"], unique=False)

    op.create_table(
        "checkpoints",
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_checkpoints_member_id")),
        sa.PrimaryKeyConstraint("member_id", "slot", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("source_id", KEY, nullable=False),
        sa.Column("delivery_id", KEY, nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("activities", sa.JSON(), nullable=False),
        sa.Column("processed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_deliveries_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("source_id", "delivery_id", name="uq_deliveries_delivery_id"),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_community_id", ["community_id", "id"], unique=False)
        batch_op.create_index("ix_deliveries_received", ["received_at"], unique=False)
        batch_op.create_index(
            "ix_deliveries_waiting",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state = 'received'"),
            sqlite_where=sa.text("state = 'received'"),
        )

    op.create_table(
        "identities",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.Column("member_id", KEY, nullable=True),
        sa.Column("enrolled_id", KEY, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_identities_community_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_identities_member_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identities_enrolled_id"), ["enrolled_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identities_member_id"), ["member_id"], unique=False)

    op.create_table(
        "imports",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source_id", KEY, nullable=True),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("platforms", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("moved_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("earliest_at", sa.BigInteger(), nullable=True),
        sa.Column("latest_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_imports_community_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_imports_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.create_index("ix_imports_community", ["community_id", "id"], unique=False)
        batch_op.create_index("ix_imports_state", ["state"], unique=False)

    op.create_table(
        "redemptions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("reward_key", KEY, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_redemptions_community_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_redemptions_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
    )
    with op.batch_alter_table("redemptions", schema=None) as batch_op:
        batch_op.create_index("ix_redemptions_member", ["member_id", "id"], unique=False)

    op.create_table(
        "standings",
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("balances", sa.Text(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("engine_version", sa.Integer(), nullable=False),
        sa.Column("publications", sa.Integer(), nullable=False),
        sa.Column("next_due_at", sa.BigInteger(), nullable=True),
        sa.Column("stale_at", sa.BigInteger(), nullable=True),
        sa.Column("settling_at", sa.BigInteger(), nullable=True),
        sa.Column("ranks", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_standings_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_standings")),
    )
    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.create_index("ix_standings_community", ["community_id", "member_id"], unique=False)
        batch_op.create_index(
            "ix_standings_due",
            ["next_due_at", "member_id"],
            unique=False,
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_standings_stale",
            ["stale_at"],
            unique=False,
            postgresql_where=sa.text("stale_at IS NOT NULL OR settling_at IS NOT NULL"),
            sqlite_where=sa.text("stale_at IS NOT NULL OR settling_at IS NOT NULL"),
        )

    op.create_table(
        "walks",
        sa.Column("publication_id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["publication_id"], ["publications.id"], name=op.f("fk_walks_publication_id")),
        sa.PrimaryKeyConstraint("publication_id", name=op.f("pk_walks")),
    )
    with op.batch_alter_table("walks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_walks_community_id"), ["community_id"], unique=False)
        batch_op.create_index(
            "ix_walks_undone",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state <> 'done'"),
            sqlite_where=sa.text("state <> 'done'"),
        )

    op.create_table(
        "breaches",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("identity", KEY, nullable=False),
        sa.Column("fact", KEY, nullable=False),
        sa.Column("guideline", sa.Text(), nullable=False),
        sa.Column("guidelines_version", sa.Integer(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("activity_id", KEY, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", KEY, nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_breaches_community_id")),
        sa.ForeignKeyConstraint(["identity"], ["identities.id"], name=op.f("fk_breaches_identity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaches")),
        sa.UniqueConstraint("fact", name=op.f("uq_breaches_fact")),
    )
    with op.batch_alter_table("breaches", schema=None) as batch_op:
        batch_op.create_index("ix_breaches_community", ["community_id", "id"], unique=False)
        batch_op.create_index("ix_breaches_identity", ["identity", "id"], unique=False)

    op.create_table(
        "cases",
        sa.Column("id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("identity", KEY, nullable=False),
        sa.Column("signals", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", KEY, nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_cases_community_id")),
        sa.ForeignKeyConstraint(["identity"], ["identities.id"], name=op.f("fk_cases_identity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("kind", "subject", "identity", name="uq_cases_subject"),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index("ix_cases_community", ["community_id", "id"], unique=False)
        batch_op.create_index("ix_cases_identity", ["identity", "id"], unique=False)

    op.create_table(
        "import_lines",
        sa.Column("import_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", KEY, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("problems", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_lines_import_id")),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_lines")),
    )
    with op.batch_alter_table("import_lines", schema=None) as batch_op:
        batch_op.create_index("ix_import_lines_state", ["import_id", "state", "at", "number"], unique=False)
        batch_op.create_index(
            "ix_import_lines_wrong",
            ["import_id", "number"],
            unique=False,
            postgresql_where=sa.text("problems IS NOT NULL"),
            sqlite_where=sa.text("problems IS NOT NULL"),
        )

    op.create_table(
        "walk_parts",
        sa.Column("publication_id", KEY, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("after", KEY, nullable=False),
        sa.Column("until", KEY, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("broken", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["walks.publication_id"], name=op.f("fk_walk_parts_publication_id")
        ),
        sa.PrimaryKeyConstraint("publication_id", "part", name=op.f("pk_walk_parts")),
    )
    op.create_table(
        "withheld_awards",
        sa.Column("activity_id", KEY, nullable=False),
        sa.Column("identity", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_withheld_awards_case_id")),
        sa.ForeignKeyConstraint(["identity"], ["identities.id"], name=op.f("fk_withheld_awards_identity")),
        sa.PrimaryKeyConstraint("activity_id", "identity", name=op.f("pk_withheld_awards")),
    )
    with op.batch_alter_table("withheld_awards", schema=None) as batch_op:
        batch_op.create_index("ix_withheld_awards_case", ["case_id"], unique=False)
        batch_op.create_index(
            "ix_withheld_awards_holds",
            ["identity"],
            unique=False,
            postgresql_where=sa.text("holds"),
            sqlite_where=sa.text("holds"),
        )



def downgrade() -> None:
    with op.batch_alter_table("withheld_awards", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_withheld_awards_holds", postgresql_where=sa.text("holds"), sqlite_where=sa.text("holds")
        )
        batch_op.drop_index("ix_withheld_awards_case")

    op.drop_table("withheld_awards")
    op.drop_table("walk_parts")
    with op.batch_alter_table("import_lines", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_import_lines_wrong",
            postgresql_where=sa.text("problems IS NOT NULL"),
            sqlite_where=sa.text("problems IS NOT NULL"),
        )
        batch_op.drop_index("ix_import_lines_state")

    op.drop_table("import_lines")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("ix_cases_identity")
        batch_op.drop_index("ix_cases_community")

    op.drop_table("cases")
    with op.batch_alter_table("breaches", schema=None) as batch_op:
        batch_op.drop_index("ix_breaches_identity")
        batch_op.drop_index("ix_breaches_community")

    op.drop_table("breaches")
    with op.batch_alter_table("walks", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_walks_undone", postgresql_where=sa.text("state <> 'done'"), sqlite_where=sa.text("state <> 'done'")
        )
        batch_op.drop_index(batch_op.f("ix_walks_community_id"))

    op.drop_table("walks")
    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_standings_stale",
            postgresql_where=sa.text("stale_at IS NOT NULL OR settling_at IS NOT NULL"),
            sqlite_where=sa.text("stale_at IS NOT NULL OR settling_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_standings_due",
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_standings_community")

    op.drop_table("standings")
    with op.batch_alter_table("redemptions", schema=None) as batch_op:
        batch_op.drop_index("ix_redemptions_member")

    op.drop_table("redemptions")
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_index("ix_imports_state")
        batch_op.drop_index("ix_imports_community")

    op.drop_table("imports")
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identities_member_id"))
        batch_op.drop_index(batch_op.f("ix_identities_enrolled_id"))

    op.drop_table("identities")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_waiting",
            postgresql_where=sa.text("state = 'received'"),
            sqlite_where=sa.text("state = 'received'"),
        )
        batch_op.drop_index("ix_deliveries_received")
        batch_op.drop_index("ix_deliveries_community_id")

    op.drop_table("deliveries")
    op.drop_table("checkpoints")
    with op.batch_alter_table("budget_answers", schema=None) as batch_op:
        batch_op.drop_index("ix_budget_answers_place")

    op.drop_table("budget_answers")
    op.drop_table("backtest_parts")
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sources_community_id"))

    op.drop_table("sources")
    op.drop_table("rulebook_versions")
    op.drop_table("rulebook_drafts")
    op.drop_table("rewards")
    op.drop_table("publications")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.drop_index("ix_proposals_community")

    op.drop_table("proposals")
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.drop_index("ix_members_community")

    op.drop_table("members")
    op.drop_table("guidelines")
    op.drop_table("fair_play")
    op.drop_table("declared_kinds")
    op.drop_table("budgets")
    with op.batch_alter_table("backtests", schema=None) as batch_op:
        batch_op.drop_index("ix_backtests_state")
        batch_op.drop_index("ix_backtests_community")

    op.drop_table("backtests")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_index("ix_api_keys_community")

    op.drop_table("api_keys")
    op.drop_table("tier_warnings")
    with op.batch_alter_table("tier_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_tier_changes_latest")

    op.drop_table("tier_changes")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notices_undone", postgresql_where=sa.text("done_at IS NULL"), sqlite_where=sa.text("done_at IS NULL")
        )
        batch_op.drop_index(
            "ix_notices_due", postgresql_where=sa.text("done_at IS NULL"), sqlite_where=sa.text("done_at IS NULL")
        )

    op.drop_table("notices")
    op.drop_table("ledger_anchors")
    with op.batch_alter_table("kept_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kept_answers_kept_at"))

    op.drop_table("kept_answers")
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_facts_declares",
            postgresql_where=sa.text("declares IS NOT NULL"),
            sqlite_where=sa.text("declares IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_facts_beneficiary_ref",
            postgresql_where=sa.text("beneficiary_ref IS NOT NULL"),
            sqlite_where=sa.text("beneficiary_ref IS NOT NULL"),
        )
        batch_op.drop_index("ix_facts_beneficiary", postgresql_where=sa.text("stands"), sqlite_where=sa.text("stands"))
        batch_op.drop_index(
            "ix_facts_actor_ref",
            postgresql_where=sa.text("actor_ref IS NOT NULL"),
            sqlite_where=sa.text("actor_ref IS NOT NULL"),
        )
        batch_op.drop_index("ix_facts_actor", postgresql_where=sa.text("stands"), sqlite_where=sa.text("stands"))

    op.drop_table("facts")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index("uq_entries_decision")

    op.drop_table("entries")
    op.drop_table("communities")
    with op.batch_alter_table("awards", schema=None) as batch_op:
        batch_op.drop_index("ix_awards_latest")

    op.drop_table("awards")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_subject")
        batch_op.drop_index("ix_audit_community")
        batch_op.drop_index("ix_audit_by")

    op.drop_table("audit")
    with op.batch_alter_table("anchored_heads", schema=None) as batch_op:
        batch_op.drop_index("ix_anchored_heads_anchor")

    op.drop_table("anchored_heads")
