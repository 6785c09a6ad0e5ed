"""What every campaign test may ask for."""

import pytest

from tests.cast import assemble


@pytest.fixture
def cast(db):
    return assemble()


@pytest.fixture
def browse(client, cast):
    """Sign somebody of the cast in: `browse("lead")` gives a client that is them."""

    def signed_in(name):
        client.force_login(cast.people[name], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in
