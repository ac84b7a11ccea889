"""Django's migrations, read by their syntax tree; tables and columns come from earlier ones."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from dbaudit.migration_files.django_file import read_django
from dbaudit.migration_files.django_source import DjangoFile, app_label, is_django
from dbaudit.migration_files.migration import Migration
from dbaudit.migration_files.python_source import parse_source

_INITIAL = """
migrations.CreateModel(
    name="Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True)),
        ("customer", models.ForeignKey(to="crm.Customer", on_delete=models.CASCADE)),
        ("Status", models.CharField(max_length=10, db_column="st")),
        ("tags", models.ManyToManyField(to="crm.Tag")),
        ("paid", models.BooleanField()),
        ("note", models.TextField()),
    ],
    options={"ordering": ["-id"], "indexes": [models.Index(fields=["id"], name="x")]},
),
"""


def _file(name: str, operations: str, more: str = "") -> DjangoFile:
    text = (
        "from django.db import migrations, models\n"
        "class Migration(migrations.Migration):\n"
        f"{indent(dedent(more), '    ')}\n"
        f"    operations = [\n{indent(dedent(operations), '        ')}\n    ]\n"
    )
    source = parse_source(text)
    assert is_django(source)
    return DjangoFile("shop", name, f"{name}.py", source)


def _second(operations: str, more: str = "") -> Migration:
    more = f'{more}\ndependencies = [("shop", "0001_initial"), ("crm", "0003")]'
    files = [_file("0002_x", operations, more), _file("0001_initial", _INITIAL)]
    first, second = read_django(files)
    assert first.key == ("shop", "0001_initial")
    assert [one.text for one in first.statements] == ["CREATE TABLE shop_order ();"]
    return second


def _ddl(operations: str) -> list[str]:
    migration = _second(operations)
    assert [one.reason for one in migration.statements if one.reason] == []
    return [one.text.strip() for one in migration.statements]


@pytest.mark.parametrize(
    ("operation", "sql"),
    [
        (
            'migrations.AddIndex("order", models.Index(fields=["customer", "-Status"], name="a")),',
            "CREATE INDEX a ON shop_order (customer_id, st DESC);",
        ),
        (
            "AddIndexConcurrently(model_name='Order', index=GinIndex(fields=['note'], name='a',"
            " opclasses=['gin_trgm_ops'], fastupdate=False)),",
            "CREATE INDEX CONCURRENTLY a ON shop_order USING gin (note gin_trgm_ops)"
            " WITH (fastupdate = off);",
        ),
        (
            "migrations.AddIndex('order', models.Index(Lower('note').desc(nulls_last=True),"
            " F('customer'), name='a', include=['paid'], condition=Q(paid=True) &"
            " (~Q(Status__in=['a', 'b']) | Q(note__isnull=False)))),",
            "CREATE INDEX a ON shop_order ((lower(note)) DESC NULLS LAST, customer_id)"
            " INCLUDE (paid) WHERE (paid AND (NOT (st IN ('a', 'b')) OR note IS NOT NULL));",
        ),
        ("migrations.RemoveIndex('order', 'a'),", "DROP INDEX a;"),
        ("RemoveIndexConcurrently('order', name='a'),", "DROP INDEX CONCURRENTLY a;"),
        (
            "migrations.AlterField('order', 'note', models.TextField(db_index=True)),",
            "CREATE INDEX ON shop_order (note);",
        ),
        (
            "migrations.AddConstraint('order', models.UniqueConstraint(fields=['customer'],"
            " name='u')),",
            "ALTER TABLE shop_order ADD CONSTRAINT u UNIQUE (customer_id);",
        ),
        ("migrations.RunSQL('create index a on t (x)', migrations.RunSQL.noop),", None),
        (
            "migrations.SeparateDatabaseAndState(state_operations=[migrations.AddIndex('order',"
            " models.Index(fields=['id'], name='no'))], database_operations=["
            "migrations.RunSQL('create index a on t (x)')]),",
            "create index a on t (x);",
        ),
        ("migrations.DeleteModel('Order'),", "DROP TABLE shop_order;"),
        ("migrations.RenameIndex('order', 'new', 'old'),", "ALTER INDEX old RENAME TO new;"),
    ],
)
def test_operations_as_sql(operation: str, sql: str | None) -> None:
    assert _ddl(operation) == [sql or "create index a on t (x);"]


def test_later_operations_know_the_new_names() -> None:
    assert _ddl(
        """
        migrations.RenameField("order", "customer", "buyer"),
        migrations.AddField("order", "Place", models.ForeignKey(to="x.P", on_delete=None)),
        migrations.RenameModel("Order", "Purchase"),
        migrations.AddIndex("purchase", models.Index(fields=["buyer", "Place"], name="a")),
        migrations.AlterModelTable("purchase", "bought"),
        migrations.AddIndex("purchase", models.Index(fields=["note"], name="b")),
        """
    ) == [
        "ALTER TABLE shop_order RENAME TO shop_purchase;",
        'CREATE INDEX a ON shop_purchase (buyer_id, "Place_id");',
        "ALTER TABLE shop_purchase RENAME TO bought;",
        "CREATE INDEX b ON bought (note);",
    ]


def test_what_only_django_s_state_is_told_counts_for_later_operations() -> None:
    assert _ddl(
        """
        migrations.RunSQL("ALTER TABLE shop_order ADD place_id int", state_operations=[
            migrations.AddField("order", "place", PlaceField("x.Place", on_delete=None))]),
        migrations.AddIndex("order", models.Index(fields=["place"], name="a")),
        """
    ) == ["ALTER TABLE shop_order ADD place_id int;", "CREATE INDEX a ON shop_order (place_id);"]


@pytest.mark.parametrize("option", ["managed': False", "proxy': True", "abstract': True"])
def test_a_model_without_a_table_of_its_own(option: str) -> None:
    assert _ddl(f"migrations.CreateModel('X', [], {{'{option}}}),") == []


@pytest.mark.parametrize(("more", "is_atomic"), [("", True), ("atomic = False", False)])
def test_a_migration_is_atomic_unless_it_says_so(more: str, is_atomic: bool) -> None:
    migration = _second("migrations.RunSQL('create index a on t (x)'),", more)
    assert [one.is_in_transaction for one in migration.statements] == [is_atomic]


def test_several_texts_and_comments() -> None:
    migration = _second(
        '''
        # for: by_x
        migrations.RunSQL([("select %s", [1]), """
            create index a on t (x)"""]),
        '''
    )
    select, index = migration.statements
    assert index.comment == "for: by_x"
    assert index.line == select.line + 1


@pytest.mark.parametrize(
    "operation",
    [
        "migrations.RunSQL(open('x.sql').read()),",
        "migrations.AddIndex('order', make_index()),",
        "migrations.AddIndex('order', models.Index(Coalesce('a', 'b'), name='a')),",
        "migrations.AddIndex('order', models.Index(fields=['id'], name='a',"
        " condition=Q(note__regex='x'))),",
        "migrations.AddIndex('order', models.Index(fields=3, name='a')),",
        "migrations.RemoveIndex('order', INDEX),",
    ],
)
def test_what_only_running_would_tell_has_a_reason(operation: str) -> None:
    assert [one.reason for one in _second(operation).statements if one.reason]


def test_dependencies_that_go_in_a_circle_end() -> None:
    files = [
        _file("0001_a", "", 'dependencies = [("shop", "0002_b")]'),
        _file("0002_b", "", 'dependencies = [("shop", "0001_a")]'),
    ]
    assert {one.key for one in read_django(files)} == {("shop", "0001_a"), ("shop", "0002_b")}


def test_the_label_of_an_app() -> None:
    text = "class ShopConfig(AppConfig):\n    name = 'x.shop'\n"
    assert app_label(parse_source(text)) == "shop"
    assert app_label(parse_source(f"{text}    label = 'xshop'\n")) == "xshop"
    assert app_label(parse_source(f"{text}class Other(AppConfig):\n    name = 'x'\n")) is None
