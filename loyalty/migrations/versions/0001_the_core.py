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
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_members_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("community_id", "external_id", name="uq_members_external_id"),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index("ix_members_community", ["community_id", "id"], unique=False)

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
        sa.Column("opened_by", sa.Text(), nullable=False),
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



def downgrade() -> None:
    with op.batch_alter_table("import_lines", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_import_lines_wrong",
            postgresql_where=sa.text("problems IS NOT NULL"),
            sqlite_where=sa.text("problems IS NOT NULL"),
        )
        batch_op.drop_index("ix_import_lines_state")

    op.drop_table("import_lines")
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
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sources_community_id"))

    op.drop_table("sources")
    op.drop_table("rulebook_versions")
    op.drop_table("rulebook_drafts")
    op.drop_table("rewards")
    op.drop_table("publications")
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.drop_index("ix_members_community")

    op.drop_table("members")
    op.drop_table("declared_kinds")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_index("ix_api_keys_community")

    op.drop_table("api_keys")
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
    with op.batch_alter_table("anchored_heads", schema=None) as batch_op:
        batch_op.drop_index("ix_anchored_heads_anchor")

    op.drop_table("anchored_heads")
