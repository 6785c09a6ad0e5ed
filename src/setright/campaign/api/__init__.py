"""The API under /api/v1: the same queries, actions, rights and refusals as the pages, for programs."""

from setright.campaign.api.root import api, nowhere

__all__ = ["api", "nowhere"]
