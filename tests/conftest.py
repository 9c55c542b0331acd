"""Fixtures that many tests share."""

import contextlib

import faultdriver
import pytest
from fake_sessions import session, sessions, taos
from hypothesis import settings
from threads import until

import taosnative

__all__ = ["conn", "fault", "fault_library", "session", "sessions", "taos"]

settings.register_profile("unhurried", deadline=None)  # where lines are traced, say


@pytest.fixture(scope="session")
def fault_library(tmp_path_factory):
    """The file of a fault driver with every function."""
    return faultdriver.build(tmp_path_factory.mktemp("faultdriver"))


@pytest.fixture(autouse=True)
def _nothing_is_left():
    """When a test is over, there is nothing live in any fault driver that it used."""
    faultdriver.used.clear()
    yield
    for driver in faultdriver.used:
        driver.let_go()
    try:
        with contextlib.suppress(AssertionError):  # a call that was given up ends in its own time
            until(lambda: not any(driver.all_live() for driver in faultdriver.used))
        assert [live for driver in faultdriver.used if (live := driver.all_live())] == []
    finally:
        for driver in faultdriver.used:
            driver.forget_live()


@pytest.fixture
def fault(fault_library):
    """A driver that does what a test tells it, from the beginning."""
    driver = faultdriver.FaultDriver(fault_library)
    driver.reset()
    return driver


@pytest.fixture
def conn(fault):
    """A connection over it."""
    with taosnative.connect(driver=fault.path) as connection:
        yield connection
