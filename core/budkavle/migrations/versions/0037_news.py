"""One statement finds the organisations where members are to be told of something."""

from pathlib import Path

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the function, and find what is due in all organisations by the index."""
    op.drop_index("member_news_due", "member_news")
    op.create_index("member_news_due", "member_news", ["due_at", "organisation_id"])
    op.execute((Path(__file__).parent / "0037_news.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take the function away, and order the index as before."""
    op.execute("DROP FUNCTION organisations_with_news(text)")
    op.drop_index("member_news_due", "member_news")
    op.create_index("member_news_due", "member_news", ["organisation_id", "due_at"])
