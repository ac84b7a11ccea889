revision = "b"
down_revision = None


def upgrade():
    op.create_index("orders_total", "orders", ["total"], postgresql_concurrently=True)
