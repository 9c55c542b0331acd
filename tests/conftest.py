"""Fixtures that many tests share."""

import faultdriver
import pytest
from fake_sessions import session, sessions, taos

import taosnative

__all__ = ["conn", "fault", "fault_library", "session", "sessions", "taos"]


@pytest.fixture(scope="session")
def fault_library(tmp_path_factory):
    """The file of a driver that does what a test tells it, with every function that it knows."""
    return faultdriver.build(tmp_path_factory.mktemp("faultdriver"))


@pytest.fixture
def fault(fault_library):
    """That driver, from the beginning; when the test is over, every handle must have been freed."""
    driver = faultdriver.FaultDriver(fault_library)
    driver.reset()
    yield driver
    driver.let_go()
    assert {kind: driver.live(kind) for kind in faultdriver.KINDS} == dict.fromkeys(faultdriver.KINDS, 0)


@pytest.fixture
def conn(fault):
    """A connection over it."""
    with taosnative.connect(driver=fault.path) as connection:
        yield connection
