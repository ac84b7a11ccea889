"""Comments tell route, request and place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.traffic.tags import NO_TAGS, Tags, merged, read_tags

TRACE = "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01"


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (
            "/*controller='index',framework='django%3A4.2',route='%5Epolls/%24'*/",
            Tags({"controller": "index", "framework": "django:4.2", "route": "^polls/$"}),
        ),
        (
            f"/*action='%2Fparam*d',traceparent='{TRACE}'*/",
            Tags({"action": "/param*d"}, request="5bd66ef5095369c7b0d1f8f4bd33716a"),
        ),
        (
            "/*application:Shop,controller:orders,action:index,line:app/models/a.rb:12:in `x'*/",
            Tags(
                {"application": "Shop", "controller": "orders", "action": "index"},
                place="app/models/a.rb:12",
            ),
        ),
        (
            "/* application='Shop',job='Mail',request_id='7'*/",
            Tags({"application": "Shop", "job": "Mail"}, request="7"),
        ),
        ("/*code.filepath='a/b.py',code.lineno='7'*/", Tags({}, place="a/b.py:7")),
        ("/*route='it\\'s'*/", Tags({"route": "it's"})),
        ("/* a comment, no tag: really */", NO_TAGS),
        ("/**/", NO_TAGS),
    ],
)
def test_read_tags(comment: str, expected: Tags) -> None:
    assert read_tags(comment) == expected


def test_route() -> None:
    assert read_tags("/*controller:orders,action:index*/").route == "orders#index"
    assert read_tags("/*route='/a'*/").route == "/a"
    assert read_tags("/*job:Mail*/").route == "Mail"
    assert NO_TAGS.route is None


def test_merged() -> None:
    one, other = Tags({"a": "1"}, "r"), Tags({"b": "2"}, None, "f.py:1")
    assert merged(one, other) == Tags({"a": "1", "b": "2"}, "r", "f.py:1")
    assert merged(one, NO_TAGS) is one


@given(st.text())
def test_any_comment_can_be_read(text: str) -> None:
    read_tags(f"/*{text}*/")
