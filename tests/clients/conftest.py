"""Fixtures: a demo dossier that all tests of a run read, and one that a test may write into."""

import pytest
from stele import serve


@pytest.fixture(scope="session")
def demo():
    """The demo dossier, served; for reading."""
    served = serve()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def own():
    """A demo dossier of the module's own, served; for writing."""
    served = serve()
    yield served
    served.stop()
