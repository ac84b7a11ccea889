revision = "b"
down_revision = None


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("orders_total", "orders", ["total"], postgresql_concurrently=True)
