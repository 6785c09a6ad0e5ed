"""Pages: each reads by `queries`, changes by `actions`, and decides nothing itself."""
