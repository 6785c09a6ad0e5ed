"""What every test may ask for."""

from pathlib import Path

import pytest

_DATA = Path(__file__).resolve().parents[1] / "../shared/data"


@pytest.fixture(scope="session")
def data():
    """The folder of measurement data; a test that needs it skips plainly where it is absent."""
    if not _DATA.is_dir():
        pytest.skip("measurement data is absent (../shared/data)")
    return _DATA
