from datetime import date

import pytest

from setright.intake.day import both_orders, day_of


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2014-03-18", date(2014, 3, 18)),
        ("2014-03-18T23:59:59Z", date(2014, 3, 18)),
        ("2014/3/18 2:06:24", date(2014, 3, 18)),
        ("2015-02-23 08:19:49 -0800", date(2015, 2, 23)),
        ("2014.3.8", date(2014, 3, 8)),
        ("20140318", date(2014, 3, 18)),
        ("20140318T020624Z", date(2014, 3, 18)),
        ("2014年3月18日", date(2014, 3, 18)),
        (" 18.03.2014 ", date(2014, 3, 18)),
        ("3.4.2014", date(2014, 4, 3)),
        ("18/03/2014", date(2014, 3, 18)),
        ("03/18/2014 10:00", date(2014, 3, 18)),
        ("4/4/2014", date(2014, 4, 4)),
        ("45321", date(2024, 1, 30)),
        ("45321.75", date(2024, 1, 30)),
    ],
)
def test_day_of_reads_what_people_write(written, day):
    assert day_of(written) == day


@pytest.mark.parametrize(
    "written", ["", "  ", "soon", "3/4/2014", "2014-13-01", "2015-02-30", "31.2.2015", "2014", "12345", "99999", "1.5"]
)
def test_day_of_does_not_guess(written):
    assert day_of(written) is None


@pytest.mark.parametrize(
    ("written", "both"),
    [
        (" 3/4/2014 10:00", (date(2014, 4, 3), date(2014, 3, 4))),
        ("13-4-2014", (date(2014, 4, 13), None)),
        ("4/13/2014", (None, date(2014, 4, 13))),
        ("3.4.2014", (None, None)),
        ("2014/3/4", (None, None)),
        ("99/99/2014", (None, None)),
    ],
)
def test_both_orders_are_those_of_a_year_that_comes_last(written, both):
    assert both_orders(written) == both
