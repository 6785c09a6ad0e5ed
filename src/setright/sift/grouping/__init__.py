"""How texts are grouped: neighbours, a graph of them, its resolution, and what belongs nowhere. `group` is the stage."""
