from __future__ import annotations

import pytest

from explain_engine.correlations import CorrelationError, read_table

ROWS = "song,dissonance,minorness,valence\na,1,2,3\nb,4,5.5,6\n"


@pytest.fixture
def write(tmp_path):
    def write_table(text, *, encoding="utf-8"):
        path = tmp_path / "features.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write_table


def test_table_reads_the_columns_of_numbers_beside_the_target(write):
    table = read_table(write(ROWS), targets=["valence"])

    assert table.feature_names == ("dissonance", "minorness")
    assert table.features.tolist() == [[1.0, 2.0], [4.0, 5.5]]
    assert (table.target_names, table.targets.tolist()) == (("valence",), [[3.0], [6.0]])


def test_table_reads_only_the_features_asked_for_in_their_order(write):
    table = read_table(write(ROWS), targets=["dissonance"], features=["valence", "minorness"])

    assert table.features.tolist() == [[3.0, 2.0], [6.0, 5.5]]


@pytest.mark.parametrize(
    "text",
    [
        ROWS.replace(",", "\t"),
        ROWS.replace(",", ";").replace(".", ","),
        ROWS.replace("\n", "\r\n") + "\r\n\r\n",
        "\ufeff" + ROWS,
        'song,"dissonance",minorness,valence\n"a, b",1,2,3\nb,4,5.5,6',
    ],
    ids=["tabs", "semicolons", "windows", "byte order mark", "quotes"],
)
def test_table_reads_what_spreadsheets_write(write, text):
    table = read_table(write(text), targets=["valence"])

    assert table.features.tolist() == [[1.0, 2.0], [4.0, 5.5]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "features.csv must have a line of names and lines of numbers"),
        ("valence,b\n", "features.csv must have a line of names and lines of numbers"),
        ("valence,b,b\n1,2,3\n", "Columns must have different names, got 'b' twice"),
        ("valence,b\n1,2\n3\n", "Line 3 must have 2 entries like the first, got 1"),
        ("b,c\n1,2\n", "The table has no column 'valence'; it has b, c"),
        ("valence,b\n1,x\n", "The table has no column of numbers beside the targets"),
        ("valence,b\nx,1\n", "Line 2 of column 'valence' must be a finite number, got 'x'"),
        ("valence,b\n1,1\n,2\n", "Line 3 of column 'valence' must be a finite number, got ''"),
        ("valence,b\ninf,1\n", "Line 2 of column 'valence' must be a finite number, got 'inf'"),
        ('valence,b\n"1,1\n', "features.csv must be a table of columns"),
    ],
)
def test_table_refuses(write, text, message):
    with pytest.raises(CorrelationError, match=message):
        read_table(write(text), targets=["valence"])


def test_table_refuses_bytes_that_are_no_text(write):
    with pytest.raises(CorrelationError, match=r"features\.csv must be a table in UTF-8 text"):
        read_table(write(ROWS.replace("song", "söng"), encoding="latin-1"), targets=["valence"])


def test_table_refuses_a_feature_that_is_a_target(write):
    with pytest.raises(CorrelationError, match="'valence' cannot be a feature and a target"):
        read_table(write(ROWS), targets=["valence"], features=["valence"])


def test_table_needs_a_target(write):
    with pytest.raises(CorrelationError, match="Name at least one target among the columns: song,"):
        read_table(write(ROWS), targets=[])


def test_table_names_a_feature_that_holds_words(write):
    with pytest.raises(CorrelationError, match="Line 2 of column 'song' must be a finite number"):
        read_table(write(ROWS), targets=["valence"], features=["song"])
